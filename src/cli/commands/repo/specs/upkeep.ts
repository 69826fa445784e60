import { say, spec } from '../../../spec.ts';
import { access, readAccess } from './access.ts';
import { ofVelero } from './of-velero.ts';
import { packing } from './packing.ts';
import { safety } from './safety.ts';

const dryRun = {
  kind: 'switch',
  short: 'n',
  summary: say('Only say what would be done', '実行せずに内容だけを表示します'),
} as const;

export const prune = spec({
  name: 'prune',
  summary: say('Remove data that no snapshot needs', 'どのスナップショットにも必要のないデータを削除します'),
  details: say(
    'Packs of which little is needed are written anew without the rest. It can be interrupted at any time; the next one goes on from there.',
    '必要なデータが少ないパックは、不要な部分を除いて書き直します。いつでも中断でき、次回はその続きから処理します。',
  ),
  flags: {
    ...readAccess,
    ...packing,
    maxUnused: {
      kind: 'text',
      format: 'restic',
      value: 'LIMIT',
      summary: say(
        'How much may stay unneeded: 10%, 500M, unlimited (default 5%)',
        '不要なまま残してよい量: 10%、500M、unlimited (既定値 5%)',
      ),
    },
    maxRepackSize: {
      kind: 'text',
      format: 'restic',
      value: 'SIZE',
      summary: say('Write anew packs of so many bytes at most', '書き直すパックの合計サイズの上限'),
    },
    repackCacheableOnly: {
      kind: 'switch',
      format: 'restic',
      summary: say('Write anew only packs of directories', 'ディレクトリー情報のパックだけを書き直します'),
    },
    repackSmall: {
      kind: 'switch',
      format: 'restic',
      hidden: true,
      summary: say('Put small packs together; done anyway', '小さいパックをまとめます (常に実行されます)'),
    },
    repackSmallerThan: {
      kind: 'text',
      format: 'restic',
      value: 'SIZE',
      summary: say('Put packs together that are smaller', 'これより小さいパックをまとめます'),
    },
    repackUncompressed: {
      kind: 'switch',
      format: 'restic',
      summary: say('Compress what is not compressed', '圧縮されていないデータを圧縮します'),
    },
    safety,
    dryRun,
  },
});

export const repair = spec({
  name: 'repair',
  summary: say(
    'Repair the indexes, or give up packs or parts of snapshots that are damaged',
    'インデックスを修復するか、破損したパックまたはスナップショットの破損部分を取り除きます',
  ),
  details: say(
    'In this order: "index" makes the indexes describe the packs that are there; "packs" saves what can be read of the packs named and removes them; "snapshots" makes new snapshots without what is lost. `hozon repo check --read-data` says what is damaged.',
    '次の順序で実行します。"index" は既存のパックに合わせてインデックスを修復します。"packs" は指定したパックから読み取れるデータを救出し、そのパックを削除します。"snapshots" は失われた部分を除いた新しいスナップショットを作成します。破損箇所は `hozon repo check --read-data` で確認できます。',
  ),
  arguments: [
    {
      name: 'WHAT',
      required: true,
      choices: ['index', 'packs', 'snapshots'],
      summary: say('What to repair', '修復の対象'),
    },
    {
      name: 'IDS',
      variadic: true,
      summary: say(
        'Whole ids of packs; beginnings of ids of snapshots (all unless told)',
        'パックの ID 全体、またはスナップショットの ID の先頭部分 (省略時はすべて)',
      ),
    },
  ],
  flags: {
    ...access,
    ...packing,
    readAllPacks: {
      kind: 'switch',
      summary: say('index: believe none, read every pack', 'index: すべてのパックを読み直します'),
    },
    forget: {
      kind: 'switch',
      summary: say(
        'snapshots: remove the damaged ones when they are repaired',
        'snapshots: 修復後に破損したスナップショットを削除します',
      ),
    },
    ...ofVelero,
    replacement: {
      kind: 'choice',
      format: 'kopia',
      value: 'WHAT',
      choices: ['stub', 'remove'],
      summary: say(
        'snapshots: what comes in the place of what is lost: a file that says so (default) or nothing',
        'snapshots: 失われたものの代わり: その旨を記したファイル (既定値) または何も残さない',
      ),
    },
    dryRun,
  },
  examples: [
    {
      command: 'hozon repo repair snapshots --forget --dry-run --repo offsite',
      summary: say('What of which snapshots is lost', '各スナップショットで失われた部分を表示します'),
    },
  ],
});

export const recover = spec({
  name: 'recover',
  summary: say(
    'Make a snapshot of directories that no snapshot leads to',
    'どのスナップショットからも参照されないディレクトリーからスナップショットを作成します',
  ),
  details: say(
    'What forgotten snapshots held, and backups that did not come to their end, until it is pruned. The indexes are repaired first.',
    '削除されたスナップショットや中断されたバックアップの内容を、プルーニングされるまでの間は取り戻せます。先にインデックスを修復します。',
  ),
  flags: { ...access, ...packing },
});
