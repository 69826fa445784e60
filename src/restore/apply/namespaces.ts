import type { Archive } from '#archive/contents/archive.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { decideNamespace } from '../decide/namespace.ts';
import type { Context } from '../item.ts';
import { note } from '../notes.ts';
import { creatable, marked } from '../transform/transform.ts';
import { refusalOf } from './refusal.ts';
import { fieldManager, report, servedType, subjectOf, type Target } from './target.ts';
import { within } from './within.ts';

/** Makes namespaces when something is to be put into them. */
export interface Namespaces {
  /**
   * Resolves to true once the namespace to which this one of the backup goes can be used: it is there, or was
   * created with the labels and annotations that the backup has, one that was being deleted having gone before.
   * False, reported once, where it cannot be.
   */
  ensure(source: string): Promise<boolean>;
  /** Those that were created, as they are called in the cluster. */
  readonly created: ReadonlySet<string>;
}

/** How long a namespace that is being deleted is waited for, as long as Velero does. Minutes. */
const patience = 10;

export function createNamespaces(archive: Pick<Archive, 'types' | 'get'>, target: Target): Namespaces {
  const asked = new Map<string, Promise<boolean>>();
  const created = new Set<string>();
  const make = async (source: string): Promise<boolean> => {
    const type = await servedType(target, 'namespaces');
    const { context, signal } = target;
    const wanted = await namespaceFor(source, type, { archive, context, signal });
    const subject = subjectOf(type, wanted);
    try {
      const outcome = await makeOne(type, wanted, target);
      if (outcome === 'created') created.add(wanted.metadata.name);
      target.outcomes.add(wanted, outcome);
      return outcome !== 'failed';
    } catch (thrown) {
      const reason = refusalOf(thrown, target.signal);
      report(target, note('namespace-refused', { namespace: wanted.metadata.name, reason }), subject);
      target.outcomes.add(wanted, 'failed');
      return false;
    }
  };
  return {
    created,
    ensure(source) {
      const name = target.context.mapNamespace(source);
      const begun = asked.get(name) ?? make(source);
      asked.set(name, begun);
      return begun;
    },
  };
}

export interface NamespaceSources {
  readonly archive: Pick<Archive, 'types' | 'get'>;
  readonly context: Context;
  readonly signal?: AbortSignal | undefined;
}

/** The namespace to which this one of the backup goes, as it is to be made. */
export async function namespaceFor(
  source: string,
  type: ResourceType,
  { archive, context, signal }: NamespaceSources,
): Promise<KubeObject> {
  const archived = (await archive.types({ signal })).find(
    each => each.group === '' && each.resource === 'namespaces',
  );
  const stored = archived && (await archive.get(archived, { name: source }, { signal }));
  const object = stored ?? { apiVersion: 'v1', kind: 'Namespace', metadata: { name: source } };
  const clean = marked(creatable({ type, object, facts: {} }, context), context);
  return { ...clean, metadata: { ...clean.metadata, name: context.mapNamespace(source) } };
}

async function makeOne(
  type: ResourceType,
  wanted: KubeObject,
  target: Target,
): Promise<'created' | 'skipped' | 'failed'> {
  const { api, signal } = target;
  const { name } = wanted.metadata;
  const subject = subjectOf(type, wanted);
  for (;;) {
    const live = await api.get(type, { name }, { signal });
    const decision = decideNamespace(live);
    if (decision === 'wait') {
      target.report.info('being deleted: waiting until it is gone', subject);
      if (await untilGone(type, name, target)) continue;
      report(target, note('namespace-terminating', { namespace: name, minutes: patience }), subject);
      return 'failed';
    }
    if (decision === 'use') {
      target.report.info('used as it is', subject);
      return 'skipped';
    }
    try {
      await api.create(type, wanted, { fieldManager, signal });
      target.report.info('created', subject);
      return 'created';
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.already-exists')) throw thrown;
    }
  }
}

/** False where it takes too long. */
async function untilGone(type: ResourceType, name: string, target: Target): Promise<boolean> {
  target.progress({ phase: 'wait', done: 0, unit: 'items', current: `Namespace ${name}` });
  const options = { fieldSelector: `metadata.name=${name}` };
  const gone = await within(patience * 60_000, target.signal, async signal => {
    let there = false;
    for await (const event of target.api.watch(type, { ...options, signal })) {
      if (event.type === 'DELETED' || (event.type === 'BOOKMARK' && !there)) return true;
      there = true;
    }
    return true;
  });
  return gone === true;
}
