import { type Static, Type } from 'typebox';
import { nullable } from '../schema.ts';
import { BackupResourceHook } from './hooks.ts';
import { Duration, LabelSelector, Metadata, Names, StringMap } from './meta.ts';

const nullableBoolean = nullable(Type.Boolean());

/** velero.io/v1 BackupSpec, as served by Velero 1.18. A field it does not have is an error, not something ignored. */
export const BackupSpec = Type.Object(
  {
    metadata: Type.Optional(Type.Object({ labels: nullable(StringMap), annotations: nullable(StringMap) })),
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
    hooks: Type.Optional(
      Type.Object({ resources: nullable(Type.Array(BackupResourceHook)) }, { additionalProperties: false }),
    ),
    storageLocation: Type.Optional(Type.String()),
    volumeSnapshotLocations: Names,
    defaultVolumesToRestic: nullableBoolean,
    defaultVolumesToFsBackup: nullableBoolean,
    orderedResources: nullable(StringMap),
    csiSnapshotTimeout: Type.Optional(Duration),
    itemOperationTimeout: Type.Optional(Duration),
    resourcePolicy: nullable(
      Type.Object({ apiGroup: nullable(Type.String()), kind: Type.String(), name: Type.String() }),
    ),
    snapshotMoveData: nullableBoolean,
    datamover: Type.Optional(Type.String()),
    uploaderConfig: nullable(Type.Object({ parallelFilesUpload: Type.Optional(Type.Integer()) })),
    volumeGroupSnapshotLabelKey: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
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

/** Statuses come from other versions and other writers: fields that Hozon does not know are carried along. */
export const BackupStatus = Type.Object({
  version: Type.Optional(Type.Integer()),
  formatVersion: Type.Optional(Type.String()),
  expiration: nullable(Type.String()),
  phase: Type.Optional(Type.String()),
  validationErrors: Names,
  startTimestamp: nullable(Type.String()),
  completionTimestamp: nullable(Type.String()),
  failureReason: Type.Optional(Type.String()),
  warnings: Type.Optional(Type.Integer()),
  errors: Type.Optional(Type.Integer()),
  progress: nullable(
    Type.Object({ totalItems: Type.Optional(Type.Integer()), itemsBackedUp: Type.Optional(Type.Integer()) }),
  ),
  hookStatus: nullable(
    Type.Object({
      hooksAttempted: Type.Optional(Type.Integer()),
      hooksFailed: Type.Optional(Type.Integer()),
    }),
  ),
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

/** As {@link Backup}, but as other versions may have stored it: unknown fields of the spec are carried along. */
export const StoredBackup = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('Backup'),
  metadata: Metadata,
  spec: Type.Optional(Type.Object(BackupSpec.properties)),
  status: Type.Optional(BackupStatus),
});
