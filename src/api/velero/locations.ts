import { type Static, Type } from 'typebox';
import { nullable, omittable } from '../schema.ts';
import { closed, Duration, Metadata, Phase, SecretKey, StringMap, Timestamp } from './meta.ts';

const AccessMode = Type.Union([Type.Literal('ReadOnly'), Type.Literal('ReadWrite')]);

const LocationPhase = Phase(['Available', 'Unavailable']);

/** velero.io/v1 BackupStorageLocationSpec. `caCert` is base64, as Go writes bytes. */
export const BackupStorageLocationSpec = Type.Object(
  {
    provider: Type.String(),
    config: omittable(StringMap),
    credential: omittable(SecretKey),
    objectStorage: Type.Object({
      bucket: Type.String(),
      prefix: Type.Optional(Type.String()),
      caCert: omittable(Type.String({ crd: { type: 'string', format: 'byte' } })),
      caCertRef: omittable(SecretKey),
    }),
    default: Type.Optional(Type.Boolean()),
    accessMode: Type.Optional(AccessMode),
    backupSyncPeriod: nullable(Duration),
    validationFrequency: nullable(Duration),
  },
  closed,
);

export const BackupStorageLocationStatus = Type.Object({
  phase: LocationPhase,
  lastSyncedTime: Timestamp,
  lastValidationTime: Timestamp,
  message: Type.Optional(Type.String()),
  lastSyncedRevision: Type.Optional(Type.String()),
  accessMode: Type.Optional(AccessMode),
});

export const BackupStorageLocation = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('BackupStorageLocation'),
  metadata: Metadata,
  spec: Type.Optional(BackupStorageLocationSpec),
  status: Type.Optional(BackupStorageLocationStatus),
});
export type BackupStorageLocation = Static<typeof BackupStorageLocation>;

export const VolumeSnapshotLocation = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('VolumeSnapshotLocation'),
  metadata: Metadata,
  spec: Type.Optional(
    Type.Object(
      { provider: Type.String(), config: omittable(StringMap), credential: omittable(SecretKey) },
      closed,
    ),
  ),
  status: Type.Optional(Type.Object({ phase: LocationPhase })),
});
export type VolumeSnapshotLocation = Static<typeof VolumeSnapshotLocation>;
