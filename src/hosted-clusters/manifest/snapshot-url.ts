import { textAt } from '#kube/fields.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
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

/** A HostedCluster by its name, and by its namespace where that was said. */
export interface WantedCluster {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/**
 * The one HostedCluster of a manifest, or the one that is wanted.
 *
 * @throws `hosted-manifest.no-cluster`, `hosted-manifest.several-clusters`
 */
export function clusterIn({ objects, source }: ManifestText, wanted?: WantedCluster): ClusterInText {
  const all = objects.filter(({ object }) => isHostedCluster(object));
  const found = all.filter(({ object }) => wanted === undefined || isWanted(object, wanted));
  const [first, second] = found;
  const named = (each: readonly ObjectInText[]): string[] =>
    each.slice(0, 10).map(({ object: { kind, metadata } }) => `${kind} ${formatKey(metadata)}`);
  if (first === undefined)
    throw raise['no-cluster']({ source, wanted: wanted && formatKey(wanted), found: named(objects) });
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

function isWanted(object: KubeObject, { namespace, name }: WantedCluster): boolean {
  const { key } = hostedClusterOf(object);
  return key.name === name && (namespace === undefined || key.namespace === namespace);
}

function isHostedCluster(object: KubeObject): boolean {
  const version = textAt(object, 'apiVersion') ?? '';
  return object.kind === 'HostedCluster' && version.startsWith('hypershift.openshift.io/');
}
