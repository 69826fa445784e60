/**
 * What became of each volume, as Velero stores it in `…-volumeinfo.json.gz` (internal/volume/volumes_information.go
 * of Velero 1.18). Its `ReadyToUse` and `Phase` have no JSON names of their own there, hence their capitals.
 */
export interface VolumeInfo {
  readonly pvcName?: string;
  readonly pvcNamespace?: string;
  readonly pvName?: string;
  readonly backupMethod?: 'NativeSnapshot' | 'PodVolumeBackup' | 'CSISnapshot';
  readonly snapshotDataMoved: boolean;
  readonly preserveLocalSnapshot: boolean;
  readonly skipped: boolean;
  readonly skippedReason?: string;
  /** RFC 3339. */
  readonly startTimestamp?: string;
  /** RFC 3339. */
  readonly completionTimestamp?: string;
  readonly result?: 'succeeded' | 'failed';
  readonly csiSnapshotInfo?: CsiSnapshotInfo;
  readonly snapshotDataMovementInfo?: SnapshotDataMovementInfo;
  readonly nativeSnapshotInfo?: NativeSnapshotInfo;
  readonly pvbInfo?: PodVolumeInfo;
  readonly pvInfo?: PvInfo;
}

/** The same of a restore: how each volume came back. */
export interface RestoreVolumeInfo {
  readonly pvcName?: string;
  readonly pvcNamespace?: string;
  readonly pvName?: string;
  readonly restoreMethod?: 'NativeSnapshot' | 'PodVolumeRestore' | 'CSISnapshot';
  readonly snapshotDataMoved: boolean;
  readonly csiSnapshotInfo?: CsiSnapshotInfo;
  readonly snapshotDataMovementInfo?: SnapshotDataMovementInfo;
  readonly nativeSnapshotInfo?: NativeSnapshotInfo;
  readonly pvrInfo?: PodVolumeInfo;
}

export interface CsiSnapshotInfo {
  readonly snapshotHandle: string;
  /** Bytes. */
  readonly size: number;
  readonly driver: string;
  readonly vscName: string;
  readonly operationID?: string;
  readonly ReadyToUse?: boolean | null;
  readonly volumeGroupSnapshotHandle?: string;
}

export interface SnapshotDataMovementInfo {
  readonly dataMover: string;
  readonly uploaderType: string;
  readonly retainedSnapshot?: string;
  readonly snapshotHandle: string;
  readonly operationID: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly incrementalSize?: number;
  readonly Phase: string;
}

export interface NativeSnapshotInfo {
  readonly snapshotHandle: string;
  readonly volumeType: string;
  readonly volumeAZ: string;
  readonly iops: string;
  readonly Phase: string;
}

export interface PodVolumeInfo {
  readonly snapshotHandle?: string;
  /** Bytes. */
  readonly size?: number;
  /** Bytes. */
  readonly incrementalSize?: number;
  readonly uploaderType: string;
  readonly volumeName: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly nodeName?: string;
  readonly Phase: string;
}

/** What a volume had that its storage class does not say. */
export interface PvInfo {
  readonly reclaimPolicy: string;
  readonly labels: Readonly<Record<string, string>> | null;
}
