import { type Flags, say, spec } from '../../spec.ts';
import { createFlags } from './create-flags.ts';

const { wait: _, ...asked } = createFlags;

/** The flags of `backup plan`: those of `backup create`, and how to show what it would take. */
export const planFlags = {
  ...asked,
  rbac: {
    kind: 'switch',
    summary: say(
      'Show the smallest roles that the backup needs, as YAML for kubectl apply',
      'このバックアップに必要な最小限のロールを、kubectl apply で使える YAML で表示します',
    ),
  },
} as const satisfies Flags;

export const plan = spec({
  name: 'plan',
  summary: say(
    'Show what a backup would take and what not, touching nothing',
    'バックアップの対象になるものとならないものを、何も変更せずに表示します',
  ),
  arguments: [
    {
      name: 'NAME',
      summary: say('The name of the backup (default plan)', 'バックアップの名前 (既定値: plan)'),
    },
  ],
  flags: planFlags,
  examples: [
    {
      command: 'hozon backup plan --include-namespaces shop',
      summary: say('Counts and sizes by type', '種類ごとの件数とサイズを表示します'),
    },
    {
      command: 'hozon backup plan nightly --include-namespaces shop --rbac | kubectl apply -f -',
      summary: say('Make the roles that the backup needs', 'バックアップに必要なロールを作成します'),
    },
  ],
});
