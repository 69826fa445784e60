import { textAt } from '#kube/fields.ts';
import type { ResourceType } from '#kube/objects.ts';
import type { ReadingOptions } from '../bolt/paced.ts';
import { type ChangeVisitor, eachChange } from '../snapshot/changes.ts';
import type { Records } from '../snapshot/records.ts';
import { pluralOf } from './resource-names.ts';
import type { SnapshotReader, TypeUsage } from './snapshot-reader.ts';
import { storedType } from './type-names.ts';

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

/**
 * What fills a snapshot, and which volumes its objects need. Of the objects only claims and volumes are read; the others are counted by
 * their keys.
 *
 * @throws `etcd.snapshot-damaged`
 */
export async function readUsage(
  reader: SnapshotReader,
  records: Records,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SnapshotUsage> {
  const types = await reader.usage(options);
  const bound: Omit<VolumeUse, 'isThere'>[] = [];
  for await (const { metadata, spec } of reader.read(coreType('PersistentVolumeClaim'), options)) {
    const { namespace = '', name: claim } = metadata;
    const volume = textAt(spec, 'volumeName') ?? '';
    if (volume !== '') bound.push({ volume, namespace, claim });
  }
  const volumes = new Set<string>();
  for await (const { metadata } of reader.read(coreType('PersistentVolume'), options))
    volumes.add(metadata.name);
  return {
    types: types.toSorted((a, b) => b.bytes - a.bytes),
    changes: await bytesOfChanges(records, options),
    volumes: bound.map(use => ({ ...use, isThere: volumes.has(use.volume) })),
  };
}

function coreType(kind: string): ResourceType {
  return storedType({ group: '', version: 'v1', resource: pluralOf(kind), kind, namespaced: false });
}

async function bytesOfChanges(records: Records, options: ReadingOptions): Promise<number> {
  let bytes = 0;
  const add: ChangeVisitor = ({ key, keyEnd, value, valueEnd }) => {
    bytes += keyEnd - key + valueEnd - value;
  };
  await eachChange(records, Number.MAX_SAFE_INTEGER, add, options);
  return bytes;
}
