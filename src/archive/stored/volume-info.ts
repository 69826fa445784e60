import { type Static, Type } from 'typebox';
import { nullable } from '#api/schema.ts';

const text = Type.Optional(Type.String());
/** Bytes. */
const size = Type.Integer();
/** RFC 3339. */
const time = nullable(Type.String());

const CsiSnapshotInfo = Type.Object({
  snapshotHandle: Type.String(),
  size,
  driver: Type.String(),
  vscName: Type.String(),
  operationID: text,
  ReadyToUse: nullable(Type.Boolean()),
  volumeGroupSnapshotHandle: text,
});

const SnapshotDataMovementInfo = Type.Object({
  dataMover: Type.String(),
  uploaderType: Type.String(),
  retainedSnapshot: text,
  snapshotHandle: Type.String(),
  operationID: Type.String(),
  size,
  incrementalSize: Type.Optional(size),
  Phase: text,
});

const NativeSnapshotInfo = Type.Object({
  snapshotHandle: Type.String(),
  volumeType: Type.String(),
  volumeAZ: Type.String(),
  iops: Type.String(),
  Phase: text,
});

const PodVolumeInfo = Type.Object({
  snapshotHandle: text,
  size: Type.Optional(size),
  incrementalSize: Type.Optional(size),
  uploaderType: Type.String(),
  volumeName: Type.String(),
  podName: Type.String(),
  podNamespace: Type.String(),
  nodeName: text,
  Phase: text,
});

/** What a volume had that its storage class does not say. */
const PvInfo = Type.Object({
  reclaimPolicy: Type.String(),
  labels: nullable(Type.Record(Type.String(), Type.String())),
});

/**
 * What became of one volume in a backup, as Velero stores it in `…-volumeinfo.json.gz`
 * (internal/volume/volumes_information.go of Velero 1.18). Its `ReadyToUse` and `Phase` have no JSON names of their
 * own there, hence their capitals. Fields of other versions are carried along.
 */
export const VolumeInfo = Type.Object({
  pvcName: text,
  pvcNamespace: text,
  pvName: text,
  /** `NativeSnapshot`, `PodVolumeBackup` or `CSISnapshot`. */
  backupMethod: text,
  snapshotDataMoved: Type.Boolean(),
  preserveLocalSnapshot: Type.Boolean(),
  skipped: Type.Boolean(),
  skippedReason: text,
  startTimestamp: time,
  completionTimestamp: time,
  /** `succeeded` or `failed`. */
  result: text,
  csiSnapshotInfo: nullable(CsiSnapshotInfo),
  snapshotDataMovementInfo: nullable(SnapshotDataMovementInfo),
  nativeSnapshotInfo: nullable(NativeSnapshotInfo),
  pvbInfo: nullable(PodVolumeInfo),
  pvInfo: nullable(PvInfo),
});
export type VolumeInfo = Static<typeof VolumeInfo>;

/** How one volume came back in a restore. */
export const RestoreVolumeInfo = Type.Object({
  pvcName: text,
  pvcNamespace: text,
  pvName: text,
  /** `NativeSnapshot`, `PodVolumeRestore` or `CSISnapshot`. */
  restoreMethod: text,
  snapshotDataMoved: Type.Boolean(),
  csiSnapshotInfo: nullable(CsiSnapshotInfo),
  snapshotDataMovementInfo: nullable(SnapshotDataMovementInfo),
  nativeSnapshotInfo: nullable(NativeSnapshotInfo),
  pvrInfo: nullable(PodVolumeInfo),
});
export type RestoreVolumeInfo = Static<typeof RestoreVolumeInfo>;
