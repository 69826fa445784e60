import { say } from '../../../spec.ts';

/** The flag of what takes ids of kopia snapshots away. */
export const ofVelero = {
  unsafeAllowVelero: {
    kind: 'switch',
    format: 'kopia',
    summary: say(
      "Also Velero's snapshots: its backups name them by ids that are gone then",
      'Velero のスナップショットも対象にします (Velero のバックアップが参照する ID が失われます)',
    ),
  },
} as const;
