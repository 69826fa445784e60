import type { KubeApi } from '#kube/api.ts';
import type { ResourceType } from '#kube/objects.ts';
import { readConfigLoosely } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import type { Context, Env } from '../context.ts';
import { clusterLocations } from '../locations/cluster-locations.ts';

/** The environment variable with the seconds that a shell waits for; what takes longer is not offered. */
const patienceVariable = 'HOZON_COMPLETION_SECONDS';
const usualPatience = 2;
const mostNames = 1000;

/** What the words typed so far say about where to look. */
type Where = Partial<Record<'location' | 'kubeconfig' | 'context' | 'namespace', string>>;

interface Source {
  readonly where: Where;
  readonly context: Context;
  readonly config: Config;
  readonly signal: AbortSignal;
}

/**
 * The names of a kind that a shell can offer, given the words already typed. Empty where they cannot be had: the
 * person is typing, and an error message in the middle of a command line helps nobody.
 */
export async function namesOf(kind: string, words: readonly string[], context: Context): Promise<string[]> {
  const find = sources[kind];
  if (find === undefined) return [];
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(patienceIn(context.env))]);
  const names: string[] = [];
  try {
    const config = await readConfigLoosely(context.env);
    for await (const name of find({ where: whereOf(words), context, config, signal })) {
      if (names.push(name) >= mostNames) break;
    }
  } catch {
    return names;
  }
  return names;
}

/** Milliseconds. What is no sensible number counts as not set: nobody could be told while completing. */
function patienceIn(env: Env): number {
  const seconds = Number(env[patienceVariable]);
  return 1000 * (seconds > 0 && seconds <= 3600 ? seconds : usualPatience);
}

const sources: Readonly<Record<string, (source: Source) => AsyncIterable<string>>> = {
  backups: source => directories(source, 'backups/'),
  restores: source => directories(source, 'restores/'),
  locations,
  namespaces,
  contexts,
  codes,
};

async function* directories(source: Source, prefix: string): AsyncGenerator<string> {
  const { resolveLocation } = await import('../locations/resolve.ts');
  const { context, where, signal } = source;
  const opened = await resolveLocation({
    wanted: where.location,
    config: source.config,
    env: context.env,
    signal,
    cluster: () => clusterOf(source),
    veleroNamespace: () => namespaceOf(source),
    onFinding: () => {},
  });
  context.defer(() => opened.store.close());
  for await (const directory of opened.store.listPrefixes(prefix, { signal })) {
    yield directory.slice(prefix.length).replace(/\/$/, '');
  }
}

/** The configured ones; the cluster is asked only where there are none, since that takes longer. */
async function* locations(source: Source): AsyncGenerator<string> {
  const configured = Object.keys(source.config.locations ?? {});
  if (configured.length > 0) return yield* configured;
  const found = await clusterLocations(await clusterOf(source), await namespaceOf(source), source.signal);
  yield* found.map(location => location.metadata.name);
}

const namespaceType: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  verbs: ['list'],
  shortNames: ['ns'],
  singular: 'namespace',
};

async function* namespaces(source: Source): AsyncGenerator<string> {
  const cluster = await clusterOf(source);
  for await (const object of cluster.list(namespaceType, { signal: source.signal }))
    yield object.metadata.name;
}

async function* contexts({ where, context }: Source): AsyncGenerator<string> {
  const { kubeconfigContexts } = await import('../locations/contexts.ts');
  yield* await kubeconfigContexts(where.kubeconfig, context.env);
}

async function* codes(): AsyncGenerator<string> {
  const { errorAreas } = await import('../error-areas.ts');
  for (const { area, definitions } of await errorAreas()) {
    yield* Object.keys(definitions).map(name => `${area}.${name}`);
  }
}

async function clusterOf({ where, context }: Source): Promise<KubeApi> {
  const { connectCluster } = await import('../locations/cluster.ts');
  return connectCluster({ kubeconfig: where.kubeconfig, context: where.context }, context.env, context.defer);
}

async function namespaceOf({ where, config }: Source): Promise<string> {
  return where.namespace ?? config.namespace ?? 'velero';
}

const spellings: Readonly<Record<string, keyof Where>> = {
  '--location': 'location',
  '--storage-location': 'location',
  '--kubeconfig': 'kubeconfig',
  '--context': 'context',
  '--kubecontext': 'context',
  '--namespace': 'namespace',
  '--velero-namespace': 'namespace',
  '-n': 'namespace',
};

/** Reads `--flag value`, `--flag=value` and, as bash splits it, `--flag = value`. */
function whereOf(words: readonly string[]): Where {
  const where: Where = {};
  for (const [at, word] of words.entries()) {
    const [, name = word, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    const key = spellings[name];
    const value = inline ?? (words[at + 1] === '=' ? words[at + 2] : words[at + 1]);
    if (key !== undefined && value !== undefined) where[key] = value;
  }
  return where;
}
