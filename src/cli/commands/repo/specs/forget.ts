import type { Message } from '#foundation/language.ts';
import { say, spec } from '../../../spec.ts';
import { readAccess } from './access.ts';
import { filter } from './filter.ts';
import { groupBy } from './group-by.ts';
import { ofVelero } from './of-velero.ts';
import { packing } from './packing.ts';

export const forget = spec({
  name: 'forget',
  summary: say(
    'Remove snapshots that a policy does not keep, or those named',
    '保持ポリシーに合わないスナップショット、または指定したスナップショットを削除します',
  ),
  details: say(
    'The policy judges each group by itself and keeps at least one snapshot of it; in a kopia repository its own policies count unless flags say otherwise, and pins hold. What only the removed snapshots named is freed by --prune, or later by "hozon repo prune".',
    '保持ポリシーはグループごとに適用され、各グループに少なくとも 1 つは残ります。kopia リポジトリーでは、フラグを指定しなければリポジトリー自身のポリシーを適用し、固定されたものは残します。削除したスナップショットだけが使用していたデータは、--prune または後の "hozon repo prune" で解放されます。',
  ),
  arguments: [
    {
      name: 'SNAPSHOTS',
      variadic: true,
      summary: say(
        'Beginnings of ids, or "latest"; then no policy is applied',
        'ID の先頭部分、または "latest"。指定した場合、保持ポリシーは適用しません',
      ),
    },
  ],
  flags: {
    ...readAccess,
    ...packing,
    keepLast: count('l', say('Keep so many of the newest', '新しいものから指定した数を保持します')),
    keepHourly: count(
      'H',
      say('Keep the newest of so many hours', '1 時間ごとに最新のものを指定した数だけ保持します'),
    ),
    keepDaily: count(
      'd',
      say('Keep the newest of so many days', '1 日ごとに最新のものを指定した数だけ保持します'),
    ),
    keepWeekly: count(
      'w',
      say('Keep the newest of so many weeks', '1 週ごとに最新のものを指定した数だけ保持します'),
    ),
    keepMonthly: count(
      'm',
      say('Keep the newest of so many months', '1 か月ごとに最新のものを指定した数だけ保持します'),
    ),
    keepYearly: count(
      'y',
      say('Keep the newest of so many years', '1 年ごとに最新のものを指定した数だけ保持します'),
    ),
    keepWithin: span(
      say(
        'Keep all within this time of the latest (1y5m7d2h)',
        '最新のものからこの期間内のすべてを保持します (1y5m7d2h)',
      ),
    ),
    keepWithinHourly: span(say('Keep hourly ones within this time', 'この期間内は 1 時間ごとに保持します')),
    keepWithinDaily: span(say('Keep daily ones within this time', 'この期間内は 1 日ごとに保持します')),
    keepWithinWeekly: span(say('Keep weekly ones within this time', 'この期間内は 1 週ごとに保持します')),
    keepWithinMonthly: span(say('Keep monthly ones within this time', 'この期間内は 1 か月ごとに保持します')),
    keepWithinYearly: span(say('Keep yearly ones within this time', 'この期間内は 1 年ごとに保持します')),
    keepTag: {
      kind: 'texts',
      value: 'TAG,…',
      summary: say(
        'Keep those that have all these tags; can be given several times',
        'これらのタグがすべて付いたものを保持します。複数指定できます',
      ),
    },
    ...filter,
    groupBy,
    dryRun: {
      kind: 'switch',
      summary: say('Only say what would be removed', '削除せずに対象だけを表示します'),
    },
    prune: {
      kind: 'switch',
      summary: say('Free what no snapshot needs any more', '不要になったデータも解放します'),
    },
    compact: { kind: 'switch', short: 'c', summary: say('Show less of each', '簡潔に表示します') },
    unsafeAllowRemoveAll: {
      kind: 'switch',
      format: 'restic',
      summary: say(
        'Without a policy, remove all that the filter means',
        '保持ポリシーなしで、フィルターに合うものをすべて削除します',
      ),
    },
    ...ofVelero,
    confirm: { kind: 'switch', summary: say('Do not ask', '確認せずに実行します') },
  },
  examples: [
    {
      command: 'hozon repo forget --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run',
      summary: say('See what a policy would keep, and why', '保持されるものとその理由を確認します'),
    },
    {
      command: 'hozon repo forget --keep-within 30d --host web --prune --confirm',
      summary: say('From a schedule, without a question', 'スケジュール実行で、確認せずに削除します'),
    },
  ],
});

function count(short: string, summary: Message) {
  return { kind: 'text', value: 'N|unlimited', short, summary } as const;
}

function span(summary: Message) {
  return { kind: 'text', value: 'SPAN', summary } as const;
}
