import type { BackupSpec } from '#api/velero/backup.ts';
import type { Message } from '#foundation/language.ts';
import { notSupported } from './volume-findings.ts';

/** What a Backup asks for, as it was written, and this version does not do. Pure. */
export function unsupported(spec: BackupSpec): Message[] {
  const asked: Readonly<Record<string, boolean>> = {
    snapshotMoveData: spec.snapshotMoveData === true,
    datamover: (spec.datamover ?? '') !== '',
    defaultVolumesToFsBackup: spec.defaultVolumesToFsBackup === true,
    defaultVolumesToRestic: spec.defaultVolumesToRestic === true,
    uploaderConfig: Object.keys(spec.uploaderConfig ?? {}).length > 0,
    volumeSnapshotLocations: (spec.volumeSnapshotLocations ?? []).length > 0,
  };
  return Object.keys(asked)
    .filter(field => asked[field])
    .map(notSupported);
}
