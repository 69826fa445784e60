import type { Archive } from '#archive/contents/archive.ts';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { describe } from '../decide/decide.ts';
import { type FactSources, factsOf } from '../facts.ts';
import type { Item } from '../item.ts';
import { note } from '../notes.ts';
import type { Outcome } from '../outcomes.ts';
import { isNamespaces, type Scope } from '../scope.ts';
import { untilDefaultAccounts } from './accounts.ts';
import { untilServed } from './definitions.ts';
import { createNamespaces, type Namespaces } from './namespaces.ts';
import { applyItem } from './one.ts';
import { createPullSecrets } from './pull-secrets.ts';
import { createQuotas } from './quotas.ts';
import { refusalOf } from './refusal.ts';
import { nameIn, report, subjectOf, type Target } from './target.ts';
import { typeInCluster, typesOfObjects } from './types.ts';

/** Objects of one type that are written at the same time. */
const atOnce = 20;

export interface Work {
  readonly archive: Archive;
  readonly scope: Scope;
  readonly volumeInfos: FactSources['volumeInfos'];
}

/**
 * Restores everything in the scope, type by type in the scope's order; a type begins when the one before it is done.
 * Objects are read as they are written, so that memory does not grow with them. What the server says of single
 * objects is reported; the restore rejects only where it cannot go on.
 */
export async function applyScope(work: Work, given: Target): Promise<void> {
  const namespaces = createNamespaces(work.archive, given);
  const quotas = createQuotas(given, namespaces.created);
  const target = { ...given, quotas, pullSecrets: createPullSecrets(given) };
  const counter = countProgress(work.scope.total, target);
  for (const type of work.scope.types) {
    target.signal?.throwIfAborted();
    if (groupResource(type) === 'pods') await untilDefaultAccounts(namespaces.created, target);
    const written = await applyType(type, { ...work, namespaces, counter }, target);
    if (groupResource(type) === 'customresourcedefinitions.apiextensions.k8s.io')
      await untilServed(written, target);
  }
}

interface Round extends Work {
  readonly namespaces: Namespaces;
  readonly counter: (object: KubeObject) => void;
}

/** The names of the objects that were created or updated, for cluster-scoped types. */
async function applyType(type: ResourceType, round: Round, target: Target): Promise<string[]> {
  const cluster = await target.api.discover({ signal: target.signal });
  const served = typeInCluster(type, cluster);
  if (served === undefined) {
    await reportUnserved(type, round, target);
    return [];
  }
  const written: string[] = [];
  const typeOf = typesOfObjects(
    type,
    stored => typeInCluster(stored, cluster) ?? served,
    other => report(target, note('type-other-version', other), { resource: other.resource }),
  );
  await forEachConcurrent(selected(type, round, target), atOnce, async object => {
    const outcome = await applyObject({ type: typeOf(object), object }, round, target);
    if (!type.namespaced && (outcome === 'created' || outcome === 'updated'))
      written.push(object.metadata.name);
    round.counter(object);
  });
  return written;
}

async function* selected(type: ResourceType, { archive, scope, counter }: Round, { signal }: Target) {
  for await (const object of archive.read(type, { signal })) {
    if (scope.has(type, object)) yield object;
    else if (scope.mayHave(type, object.metadata)) counter(object);
  }
}

async function applyObject(
  { type, object }: Omit<Item, 'facts'>,
  { archive, scope, volumeInfos, namespaces }: Round,
  target: Target,
): Promise<Outcome | undefined> {
  if (isNamespaces(type)) {
    await namespaces.ensure(object.metadata.name);
    return undefined; // its outcome is counted where it is made, which may have been before
  }
  const { api, context, outcomes, signal } = target;
  const there = nameIn({ type, object }, target);
  const usable = !type.namespaced || (await namespaces.ensure(object.metadata.namespace ?? ''));
  if (!usable) target.report.info('not restored: its namespace cannot be used', subjectOf(type, there));
  const { archived, selection } = scope;
  const sources = { archive, archived, selection, api, volumeInfos, context, signal };
  const outcome = usable ? await applyWithFacts({ type, object }, sources, target) : 'failed';
  outcomes.add(there, outcome);
  return outcome;
}

async function applyWithFacts(
  { type, object }: Omit<Item, 'facts'>,
  sources: FactSources,
  target: Target,
): Promise<Outcome> {
  try {
    return await applyItem({ type, object, facts: await factsOf(type, object, sources) }, target);
  } catch (thrown) {
    const reason = refusalOf(thrown, target.signal);
    const there = nameIn({ type, object }, target);
    report(target, note('refused', { reason }), subjectOf(type, there));
    return 'failed';
  }
}

async function reportUnserved(type: ResourceType, round: Round, target: Target): Promise<void> {
  let objects = 0;
  for await (const object of selected(type, round, target)) {
    objects++;
    round.counter(object);
    target.outcomes.add(nameIn({ type, object }, target), 'failed');
  }
  const resource = groupResource(type);
  if (objects > 0) report(target, note('type-not-served', { resource, objects }), { resource });
}

function countProgress(total: number, { progress }: Target): (object: KubeObject) => void {
  let done = 0;
  progress({ phase: 'apply', done, total, unit: 'items' });
  return object => {
    done++;
    progress({ phase: 'apply', done, total, unit: 'items', current: describe(object) });
  };
}
