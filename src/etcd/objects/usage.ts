import { groupResource } from '#kube/objects.ts';
import type { Records } from '../snapshot/records.ts';
import type { SnapshotReader } from './snapshot-reader.ts';

/** How much of a database objects of a type take. */
export interface TypeUsage {
  /** `deployments.apps`. */
  readonly type: string;
  readonly objects: number;
  /** Bytes of the objects as they are. */
  readonly bytes: number;
}

export interface SnapshotUsage {
  /** The largest first. */
  readonly types: readonly TypeUsage[];
  /** Bytes of every change that is still there, the newest ones among them. */
  readonly changes: number;
  /** PersistentVolumes that the objects refer to: after a restore they must be where they were. */
  readonly volumes: readonly VolumeUse[];
}

/** A claim and the volume that it is bound to. */
export interface VolumeUse {
  readonly volume: string;
  readonly namespace: string;
  readonly claim: string;
  /** Whether the snapshot holds the PersistentVolume itself. */
  readonly isThere: boolean;
}

/** What fills a snapshot, and which volumes its objects need. @throws `etcd.snapshot-damaged` */
export async function readUsage(
  reader: SnapshotReader,
  records: Records,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SnapshotUsage> {
  const types = new Map<string, { objects: number; bytes: number }>();
  const bound: Omit<VolumeUse, 'isThere'>[] = [];
  const volumes = new Set<string>();
  for await (const { type, object, keyValue } of reader.objects(options)) {
    const name = groupResource(type);
    const usage = types.get(name) ?? { objects: 0, bytes: 0 };
    usage.objects++;
    usage.bytes += keyValue.key.length + keyValue.value.length;
    types.set(name, usage);
    if (name === 'persistentvolumes') volumes.add(object.metadata.name);
    const volume = name === 'persistentvolumeclaims' ? volumeOf(object['spec']) : '';
    const { namespace = '', name: claim } = object.metadata;
    if (volume !== '') bound.push({ volume, namespace, claim });
  }
  return {
    types: [...types].map(([type, usage]) => ({ type, ...usage })).sort((a, b) => b.bytes - a.bytes),
    changes: bytesOfChanges(records),
    volumes: bound.map(use => ({ ...use, isThere: volumes.has(use.volume) })),
  };
}

function volumeOf(spec: unknown): string {
  if (typeof spec !== 'object' || spec === null || !('volumeName' in spec)) return '';
  return typeof spec.volumeName === 'string' ? spec.volumeName : '';
}

function bytesOfChanges(records: Records): number {
  let bytes = 0;
  for (const { keyValue } of records.all()) bytes += keyValue.key.length + keyValue.value.length;
  return bytes;
}
