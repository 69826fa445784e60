import { say } from '../../../spec.ts';

/** The flag of commands that write packs. */
export const packing = {
  packSize: {
    kind: 'number',
    format: 'restic',
    value: 'MIB',
    summary: say(
      'Close packs at so many MiB, from 4 to 128 (default: RESTIC_PACK_SIZE, or 16)',
      'パックのサイズの目安。4～128 MiB (既定値: RESTIC_PACK_SIZE または 16)',
    ),
  },
} as const;
