import { type Static, Type } from 'typebox';
import { omittable } from '../schema.ts';
import { BackupSpec } from './backup.ts';
import { closed, Metadata, nullableBoolean, Phase, Timestamp } from './meta.ts';

/** velero.io/v1 ScheduleSpec: a cron expression of five fields (or `@every 2h`) and the Backup to make each time. */
export const ScheduleSpec = Type.Object(
  {
    template: BackupSpec,
    schedule: Type.String(),
    useOwnerReferencesInBackup: nullableBoolean,
    paused: Type.Optional(Type.Boolean()),
    skipImmediately: Type.Optional(Type.Boolean()),
  },
  closed,
);

export const ScheduleStatus = Type.Object({
  phase: Phase(['New', 'Enabled', 'FailedValidation']),
  lastBackup: Timestamp,
  lastSkipped: Timestamp,
  validationErrors: omittable(Type.Array(Type.String())),
});

export const Schedule = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('Schedule'),
  metadata: Metadata,
  spec: ScheduleSpec,
  status: Type.Optional(ScheduleStatus),
});
export type Schedule = Static<typeof Schedule>;
