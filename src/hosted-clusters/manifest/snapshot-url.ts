import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type HostedCluster, hostedClusterOf } from '../hosted-cluster.ts';
import type { ManifestText, ObjectInText } from './documents.ts';
import { raise } from './errors.ts';
import { listOfOne, mapAt, spliced, withValue } from './splice.ts';

const storagePath = ['spec', 'etcd', 'managed', 'storage'] as const;
const field = 'restoreSnapshotURL';

/** The HostedCluster of a manifest. */
export interface ClusterInText extends ObjectInText {
  readonly cluster: HostedCluster;
}

/**
 * The one HostedCluster of a manifest, or the one of that name.
 *
 * @throws `hosted-manifest.no-cluster`, `hosted-manifest.several-clusters`
 */
export function clusterIn({ objects, source }: ManifestText, wanted?: string): ClusterInText {
  const all = objects.filter(({ object }) => isHostedCluster(object));
  const found = all.filter(({ object }) => wanted === undefined || object.metadata.name === wanted);
  const [first, second] = found;
  const named = (each: readonly ObjectInText[]): string[] =>
    each.slice(0, 10).map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`);
  if (first === undefined) throw raise['no-cluster']({ source, wanted, found: named(objects) });
  if (second !== undefined) throw raise['several-clusters']({ source, found: named(found) });
  return { ...first, cluster: hostedClusterOf(first.object) };
}

/**
 * The manifest with `spec.etcd.managed.storage.restoreSnapshotURL` set, and everything else as it was written.
 *
 * @throws `hosted-manifest.unmanaged`, `hosted-manifest.no-storage`, `hosted-manifest.unusual`
 */
export function withSnapshotUrl(manifest: ManifestText, found: ClusterInText, url: string): ManifestText {
  const { source } = manifest;
  const { etcdManagementType: type, key } = found.cluster;
  if (type !== 'Managed') throw raise.unmanaged({ source, cluster: key.name, type });
  const storage = mapAt(found.node, ...storagePath);
  if (storage === undefined) throw raise['no-storage']({ source, cluster: key.name });
  const splice = listOfOne(manifest.text, storage, field, url);
  if (splice === undefined) throw raise.unusual({ source, object: `HostedCluster ${key.name}` });
  return spliced(manifest, found, splice, object => withValue(object, [...storagePath, field], [url]));
}

function isHostedCluster(object: KubeObject): boolean {
  const version = textAt(object, 'apiVersion') ?? '';
  return object.kind === 'HostedCluster' && version.startsWith('hypershift.openshift.io/');
}
