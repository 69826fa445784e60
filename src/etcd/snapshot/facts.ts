import type { BoltFile } from '../bolt/bolt-file.ts';
import { LeafCursor } from '../bolt/leaf-cursor.ts';
import { type Bucket, bucketsOf, leavesOf } from '../bolt/tree.ts';
import { readRevision } from './record.ts';

/** A member as the bucket `members` names it. */
export interface SnapshotMember {
  /** Sixteen hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** What a snapshot says of the cluster that it is of, besides keys. */
export interface ClusterFacts {
  readonly members: readonly SnapshotMember[];
  /** `3.5.0`; absent where the file does not say. */
  readonly clusterVersion?: string | undefined;
  /** From 3.6 on: `3.6.0`. */
  readonly storageVersion?: string | undefined;
  /** The entry of raft's log up to which the database has all. */
  readonly consistentIndex?: bigint | undefined;
  /** Raft's term, from 3.5 on. */
  readonly term?: bigint | undefined;
  /** Up to which history is gone, or going: etcd answers nothing before it. */
  readonly compactedRevision?: number | undefined;
  /** The same, where the compaction had not ended: of what it is going to remove, some is still there. */
  readonly pendingCompaction?: number | undefined;
  /** Members that were removed. */
  readonly removedMembers: readonly string[];
}

/** Small buckets are read whole; beyond so many entries they are not what they should be. */
const mostEntries = 10_000;
/** Names of etcd's own, and ids. */
const longestKey = 256;

/** Reads the buckets `meta`, `cluster`, `members` and `members_removed`. @throws `etcd.snapshot-damaged` */
export function readClusterFacts(file: BoltFile): ClusterFacts {
  const small = Object.fromEntries(wanted.map(name => [name, new Map<string, Buffer>()]));
  for (const [name, bucket] of bucketsOf(file)) {
    if (wanted.includes(name)) small[name] = entriesOf(file, bucket);
  }
  const { meta, cluster, members, members_removed: removed } = small as Record<Wanted, Entries>;
  return {
    members: [...members].map(([id, value]) => readMember(id, value)),
    removedMembers: [...removed.keys()],
    clusterVersion: textOf(cluster.get('clusterVersion')),
    storageVersion: textOf(meta.get('storageVersion')),
    consistentIndex: longOf(meta.get('consistent_index')),
    term: longOf(meta.get('term')),
    ...compactionOf(meta),
  };
}

/**
 * What etcd takes for the newest revision when it starts: compaction at a deletion removes the record of that too, and what was
 * compacted has been.
 *
 * @param newest the newest revision that a record has
 */
export function headRevision(newest: number, { compactedRevision = 0 }: ClusterFacts): number {
  return Math.max(newest, compactedRevision);
}

function compactionOf(meta: Entries): Pick<ClusterFacts, 'compactedRevision' | 'pendingCompaction'> {
  const [finished, scheduled] = ['finishedCompactRev', 'scheduledCompactRev'].map(name => {
    const revision = meta.get(name);
    return revision && readRevision(revision)?.main;
  });
  if (scheduled === undefined || scheduled <= (finished ?? 0)) return { compactedRevision: finished };
  return { compactedRevision: scheduled, pendingCompaction: scheduled };
}

type Wanted = 'meta' | 'cluster' | 'members' | 'members_removed';
const wanted: readonly string[] = ['meta', 'cluster', 'members', 'members_removed'] satisfies Wanted[];
type Entries = Map<string, Buffer>;

function entriesOf(file: BoltFile, bucket: Bucket): Entries {
  const entries = new Map<string, Buffer>();
  const cursor = new LeafCursor(file);
  for (const leaf of leavesOf(file, bucket)) {
    cursor.enter(leaf);
    while (cursor.next()) {
      if (entries.size === mostEntries) return entries;
      const { bytes, key, value, end } = cursor;
      if (value - key <= longestKey) {
        entries.set(bytes.toString('latin1', key, value), bytes.subarray(value, end));
      }
    }
  }
  return entries;
}

function textOf(value: Buffer | undefined): string | undefined {
  return value === undefined || value.length === 0 ? undefined : value.toString();
}

function longOf(value: Buffer | undefined): bigint | undefined {
  return value?.length === 8 ? value.readBigUInt64BE() : undefined;
}

/** A member whose text cannot be read has its id only. */
function readMember(id: string, value: Buffer): SnapshotMember {
  const document = parse(value);
  const texts = (name: string): readonly string[] => {
    const list = document[name];
    return Array.isArray(list) ? list.filter(each => typeof each === 'string') : [];
  };
  return {
    id,
    name: typeof document['name'] === 'string' ? document['name'] : '',
    peerUrls: texts('peerURLs'),
    clientUrls: texts('clientURLs'),
    isLearner: document['isLearner'] === true,
  };
}

function parse(value: Buffer): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(value.toString());
    return typeof document === 'object' && document !== null ? { ...document } : {};
  } catch {
    return {};
  }
}
