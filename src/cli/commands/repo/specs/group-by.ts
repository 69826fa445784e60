import { say } from '../../../spec.ts';

/** By what snapshots are put together, for a keep policy or to find what a new one is compared with. */
export const groupBy = {
  kind: 'text',
  short: 'g',
  value: 'GROUP',
  summary: say(
    'What a group has in common: host, paths, tags (default host,paths; empty: no groups)',
    'グループ化の基準: host、paths、tags (既定値 host,paths、空にするとグループ化しません)',
  ),
} as const;
