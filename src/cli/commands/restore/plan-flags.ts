import { type Flags, say, spec } from '../../spec.ts';
import { createFlags } from './create-flags.ts';

const { wait: _, ...asked } = createFlags;

/** The flags of `restore plan`: those of `restore create`, and how to show what it would do. */
export const planFlags = {
  ...asked,
  details: {
    kind: 'switch',
    summary: say(
      'List every object, why, and what changes in it field by field',
      'すべてのオブジェクトについて、理由とフィールドごとの変更を表示します',
    ),
  },
  rbac: {
    kind: 'switch',
    summary: say(
      'Show the smallest roles that the restore needs, as YAML for kubectl apply',
      'この復元に必要な最小限のロールを、kubectl apply で使える YAML で表示します',
    ),
  },
} as const satisfies Flags;

export const plan = spec({
  name: 'plan',
  summary: say(
    'Show what a restore would do and what it would find missing, touching nothing',
    '復元の内容と不足しているものを、何も変更せずに表示します',
  ),
  arguments: [
    {
      name: 'NAME',
      summary: say(
        'The name of the restore (default: the backup and the time)',
        '復元の名前 (既定値: バックアップ名と日時)',
      ),
    },
  ],
  flags: planFlags,
  examples: [
    {
      command: 'hozon restore plan --from-backup nightly --existing-resource-policy update --details',
      summary: say(
        'What would be created and changed, field by field',
        '作成、変更されるものをフィールドごとに表示します',
      ),
    },
    {
      command: 'hozon restore plan back --from-backup nightly -o json > plan.json',
      summary: say('Save the plan, for restore create --plan', '計画を保存します (restore create --plan 用)'),
    },
  ],
});
