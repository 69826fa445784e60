import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';

const { retryLock: _, ...withoutWaiting } = access;

const epochs = {
  epochMinDuration: {
    kind: 'duration',
    value: 'DURATION',
    summary: say('How long an epoch lasts at least, 10m or more', 'エポックの最短期間 (10m 以上)'),
  },
  epochRefreshFrequency: {
    kind: 'duration',
    value: 'DURATION',
    summary: say(
      'How often everybody looks at the epochs anew, from 1m to a third of the least duration',
      'エポックの再読み込みの間隔 (1m 以上、最短期間の 3 分の 1 以下)',
    ),
  },
  epochCleanupSafetyMargin: {
    kind: 'duration',
    value: 'DURATION',
    summary: say(
      'How long replaced indexes stay, at least three times as long as that',
      '置き換えられたインデックスを残す期間 (再読み込みの間隔の 3 倍以上)',
    ),
  },
  epochAdvanceOnCount: {
    kind: 'number',
    value: 'COUNT',
    summary: say(
      'Indexes after which an epoch ends, 10 or more',
      'エポックを終えるインデックスの数 (10 以上)',
    ),
  },
  epochAdvanceOnSizeMb: {
    kind: 'number',
    value: 'MIB',
    summary: say('Their size after which an epoch ends', 'エポックを終えるインデックスの合計サイズ'),
  },
  epochDeleteParallelism: {
    kind: 'number',
    value: 'COUNT',
    summary: say('How many indexes are deleted at once', '同時に削除するインデックスの数'),
  },
  epochCheckpointFrequency: {
    kind: 'number',
    value: 'COUNT',
    summary: say('How many epochs are put together at a time', '一度に統合するエポックの数'),
  },
} as const;

export const setParameters = spec({
  name: 'set-parameters',
  summary: say(
    'Change how a kopia repository is written and locked',
    'kopia リポジトリーの書き込みとロックの設定を変更します',
  ),
  details: say(
    'It holds for everybody who writes to the repository, with kopia or with Hozon; a command of Hozon that is under way goes on with what was set before, to its end, and kopia takes it over once it connects anew. What is stored already stays as it is. The version of the format is not changed: `kopia repository upgrade` does that, while nobody else uses the repository.',
    'kopia、Hozon を問わず、リポジトリーに書き込むすべての処理に適用されます。ただし、実行中の Hozon のコマンドは終了するまで以前の設定のまま続行し、kopia には再接続後に反映されます。保存済みのデータは変わりません。形式のバージョンは変更しません。変更するには、ほかに誰も使用していないときに `kopia repository upgrade` を実行してください。',
  ),
  flags: {
    ...withoutWaiting,
    retentionMode: {
      kind: 'choice',
      value: 'MODE',
      choices: ['none', 'governance', 'compliance'],
      summary: say(
        'Lock new blobs in a bucket with object lock, or (none) lock them no more; nobody can lift a lock of the mode compliance',
        'オブジェクトロックが有効なバケットで新しいブロブをロックします。none で停止します。compliance のロックは誰にも解除できません',
      ),
    },
    retentionPeriod: {
      kind: 'duration',
      value: 'DURATION',
      summary: say('How long new blobs stay locked, at least 24h', '新しいブロブをロックする期間 (24h 以上)'),
    },
    maxPackSizeMb: {
      kind: 'number',
      value: 'MIB',
      summary: say('Size of packs, 10 to 120', 'パックのサイズ (10 ～ 120)'),
    },
    indexVersion: {
      kind: 'choice',
      value: 'VERSION',
      choices: ['1', '2'],
      summary: say(
        'The version of new indexes; it is never lowered. Kopia reads 2 since 0.9',
        '新しいインデックスのバージョン。下げることはできません。2 は kopia 0.9 以降で読み取れます',
      ),
    },
    ...epochs,
  },
  examples: [
    {
      command:
        'hozon repo set-parameters --retention-mode governance --retention-period 720h --repo s3://backups/hosts',
      summary: say('From now on, lock what is written for 30 days', '以後の書き込みを 30 日間ロックします'),
    },
    {
      command: 'hozon repo set-parameters --retention-mode none --repo s3://backups/hosts',
      summary: say('Lock nothing any more', '以後はロックしません'),
    },
  ],
});
