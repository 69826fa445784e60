import type { KubeApi } from '#kube/api.ts';
import { type Difference, type DifferenceOptions, differences, type Side } from '#kube/diff/differences.ts';
import { comparableForm } from '#kube/diff/form.ts';
import { liveReaderLike } from '#kube/diff/live-side.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import type { ResourceReader } from '#kube/resource-reader.ts';
import type { SnapshotReader } from './snapshot-reader.ts';

export interface CompareRequest {
  /** Only in this namespace, the namespace itself with it. */
  readonly namespace?: string | undefined;
  /** Only of these types: `deployments.apps`. */
  readonly types?: ReadonlySet<string> | undefined;
  /** Compare the status, too. */
  readonly status?: boolean | undefined;
}

type Options = Pick<DifferenceOptions, 'onObject' | 'signal'>;

/** What one snapshot, or a revision of one, has otherwise than another. */
export function compareSnapshots(
  a: SnapshotReader,
  b: SnapshotReader,
  request: CompareRequest = {},
  options: Options = {},
): AsyncGenerator<Difference> {
  return differences(sideOf(a, request), sideOf(b, request), { ...options, skips: skipsOf(request) });
}

/**
 * What a cluster has otherwise than a snapshot. Types that no etcd stores (metrics) are left out, and so is what the cluster
 * shows a second time under another group (events).
 */
export async function* compareWithLive(
  a: SnapshotReader,
  api: KubeApi,
  request: CompareRequest = {},
  options: Options = {},
): AsyncGenerator<Difference> {
  const live = liveReaderLike(api, await a.types(options));
  const isStored = ({ verbs, group }: ResourceType): boolean =>
    verbs.includes('watch') && group !== 'events.k8s.io';
  const stored: ResourceReader = {
    ...live,
    types: async given => (await live.types(given)).filter(isStored),
  };
  yield* differences(sideOf(a, request), sideOf(stored, request), { ...options, skips: skipsOf(request) });
}

function skipsOf({ types, namespace }: CompareRequest): (type: ResourceType) => boolean {
  return type => {
    if (types !== undefined && !types.has(groupResource(type))) return true;
    return namespace !== undefined && !type.namespaced && groupResource(type) !== 'namespaces';
  };
}

function sideOf(reader: ResourceReader, { namespace, status }: CompareRequest): Side {
  const isChosen = ({ kind, metadata }: KubeObject): boolean =>
    namespace === undefined ||
    (kind === 'Namespace' ? metadata.name === namespace : metadata.namespace === namespace);
  return {
    reader,
    view: (_type, object) => (isChosen(object) ? comparableForm(object, { status }) : undefined),
  };
}
