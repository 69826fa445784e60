import { type Static, Type } from 'typebox';
import { lenient, nullable, omittable } from '../schema.ts';
import { BackupResourceHook } from './hooks.ts';
import {
  closed,
  Duration,
  LabelSelector,
  Metadata,
  Names,
  nullableBoolean,
  Phase,
  StringMap,
  Timestamp,
  TypedReference,
} from './meta.ts';

/** velero.io/v1 BackupSpec, as served by Velero 1.18. A field it does not have is an error, not something ignored. */
export const BackupSpec = Type.Object(
  {
    metadata: Type.Optional(Type.Object({ labels: omittable(StringMap) })),
    includedNamespaces: Names,
    excludedNamespaces: Names,
    includedResources: Names,
    excludedResources: Names,
    includedClusterScopedResources: Names,
    excludedClusterScopedResources: Names,
    includedNamespaceScopedResources: Names,
    excludedNamespaceScopedResources: Names,
    includeClusterResources: nullableBoolean,
    labelSelector: nullable(LabelSelector),
    orLabelSelectors: nullable(Type.Array(LabelSelector)),
    snapshotVolumes: nullableBoolean,
    ttl: Type.Optional(Duration),
    hooks: Type.Optional(Type.Object({ resources: nullable(Type.Array(BackupResourceHook)) }, closed)),
    storageLocation: Type.Optional(Type.String()),
    volumeSnapshotLocations: omittable(Type.Array(Type.String())),
    defaultVolumesToRestic: nullableBoolean,
    defaultVolumesToFsBackup: nullableBoolean,
    orderedResources: nullable(StringMap),
    csiSnapshotTimeout: Type.Optional(Duration),
    itemOperationTimeout: Type.Optional(Duration),
    resourcePolicy: omittable(TypedReference),
    snapshotMoveData: nullableBoolean,
    datamover: Type.Optional(Type.String()),
    uploaderConfig: nullable(Type.Object({ parallelFilesUpload: Type.Optional(Type.Integer()) })),
    volumeGroupSnapshotLabelKey: Type.Optional(Type.String()),
  },
  closed,
);
export type BackupSpec = Static<typeof BackupSpec>;

/** Phases of a Backup in the order in which it goes through them. */
export const backupPhases = [
  'New',
  'Queued',
  'ReadyToStart',
  'FailedValidation',
  'InProgress',
  'WaitingForPluginOperations',
  'WaitingForPluginOperationsPartiallyFailed',
  'Finalizing',
  'FinalizingPartiallyFailed',
  'Completed',
  'PartiallyFailed',
  'Failed',
  'Deleting',
] as const;
export type BackupPhase = (typeof backupPhases)[number];

const count = Type.Optional(Type.Integer());

/** Statuses come from other versions and other writers: fields that Hozon does not know are carried along. */
export const BackupStatus = Type.Object({
  version: count,
  formatVersion: Type.Optional(Type.String()),
  expiration: Timestamp,
  phase: Phase(backupPhases),
  queuePosition: count,
  validationErrors: Names,
  startTimestamp: Timestamp,
  completionTimestamp: Timestamp,
  volumeSnapshotsAttempted: count,
  volumeSnapshotsCompleted: count,
  failureReason: Type.Optional(Type.String()),
  warnings: count,
  errors: count,
  progress: nullable(Type.Object({ totalItems: count, itemsBackedUp: count })),
  csiVolumeSnapshotsAttempted: count,
  csiVolumeSnapshotsCompleted: count,
  backupItemOperationsAttempted: count,
  backupItemOperationsCompleted: count,
  backupItemOperationsFailed: count,
  hookStatus: nullable(Type.Object({ hooksAttempted: count, hooksFailed: count })),
});
export type BackupStatus = Static<typeof BackupStatus>;

export const Backup = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('Backup'),
  metadata: Metadata,
  spec: Type.Optional(BackupSpec),
  status: Type.Optional(BackupStatus),
});
export type Backup = Static<typeof Backup>;

/** As {@link Backup}, but as other versions may have stored it: unknown fields are carried along. */
export const StoredBackup = lenient(Backup);
export type StoredBackup = Static<typeof StoredBackup>;
