import type { SnapshotSink } from '#etcd/save/sink.ts';
import type { Clock } from '#foundation/clock.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { HostedCluster } from '../hosted-cluster.ts';

/** `cold`: nobody writes while the snapshots are taken, and the API is away. `live`: it goes on. */
export type SnapshotMode = 'cold' | 'live';

/** Where the snapshot goes. */
export interface SnapshotTarget {
  readonly store: Pick<ObjectStore, 'url' | 'head' | 'putIfAbsent' | 'getRange' | 'put' | 'delete'>;
  /** In a folder named after the moment, so that an earlier one of the same name stays. */
  readonly dated: boolean;
}

/** What a cluster is brought down and back with. */
export interface ClusterWork {
  readonly api: KubeApi;
  readonly cluster: HostedCluster;
  /** Pause the NodePools, too. */
  readonly nodePools: boolean;
  /** The directory in which a private one is made for the members' snapshots. */
  readonly spoolBase: string;
  readonly clock: Clock;
  /** How long is waited for one thing, and how long between two looks. Milliseconds. */
  readonly patience: number;
  readonly every: number;
}

/** Everything that a snapshot of a hosted cluster is made with. */
export interface SnapshotWork extends ClusterWork {
  readonly mode: SnapshotMode;
  readonly target: SnapshotTarget;
  /** A repository for the key that the cluster's Secrets are encrypted with; `undefined` where it is kept nowhere. */
  readonly keySink: SnapshotSink | undefined;
  /** Unlike that of any other run: what is spooled lies under it. */
  readonly spoolId: string;
  readonly progress: Progress;
}

/** `west-snapshot.db`: the name that the documents give it. */
export function fileNameOf({ key }: Pick<HostedCluster, 'key'>): string {
  return `${key.name}-snapshot.db`;
}
