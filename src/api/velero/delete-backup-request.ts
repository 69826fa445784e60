import { type Static, Type } from 'typebox';
import { closed, Metadata, Names, Phase } from './meta.ts';

/** velero.io/v1 DeleteBackupRequest: asks Velero's server, or Hozon's operator, to delete a backup with all that belongs to it. */
export const DeleteBackupRequest = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('DeleteBackupRequest'),
  metadata: Metadata,
  spec: Type.Optional(Type.Object({ backupName: Type.String() }, closed)),
  status: Type.Optional(Type.Object({ phase: Phase(['New', 'InProgress', 'Processed']), errors: Names })),
});
export type DeleteBackupRequest = Static<typeof DeleteBackupRequest>;
