import { type NounNode, on, say, spec } from '../../spec.ts';
import { createFlags } from './create-flags.ts';
import { diff } from './diff-flags.ts';
import { plan } from './plan-flags.ts';

const name = {
  name: 'NAME',
  required: true,
  complete: 'backups',
  summary: say('The name of the backup', 'バックアップの名前'),
} as const;

export const create = spec({
  name: 'create',
  summary: say(
    'Back up namespaces and cluster resources',
    'namespace とクラスターのリソースをバックアップします',
  ),
  arguments: [
    {
      name: 'NAME',
      summary: say(
        'The name of the new backup; may come from --from-file',
        '新しいバックアップの名前。--from-file のファイルで指定することもできます',
      ),
    },
  ],
  flags: createFlags,
  examples: [
    {
      command: 'hozon backup create nightly --include-namespaces shop,blog',
      summary: say('Two namespaces', '2 つの namespace をバックアップします'),
    },
    {
      command: 'hozon backup create db --from-file backup.yaml --location file:///backups',
      summary: say(
        'With hooks from a manifest, into a directory',
        'マニフェストのフックを使い、ディレクトリーに保存します',
      ),
    },
  ],
});

export const get = spec({
  name: 'get',
  aliases: ['list'],
  summary: say('List backups', 'バックアップの一覧を表示します'),
  arguments: [{ ...name, name: 'NAMES', required: false, variadic: true }],
  flags: {
    selector: {
      kind: 'text',
      short: 'l',
      value: 'SELECTOR',
      summary: say('Only backups with these labels', '指定したラベルを持つバックアップだけ'),
    },
  },
});

export const describe = spec({
  name: 'describe',
  summary: say('Show everything about a backup', 'バックアップの詳細を表示します'),
  arguments: [name],
  flags: {
    details: {
      kind: 'switch',
      summary: say('List every object, too', 'オブジェクトの一覧も表示します'),
    },
  },
});

export const logs = spec({
  name: 'logs',
  summary: say('Show the log of a backup', 'バックアップのログを表示します'),
  arguments: [name],
  flags: {},
});

export const download = spec({
  name: 'download',
  summary: say('Save the archive of a backup to a file', 'バックアップのアーカイブをファイルに保存します'),
  arguments: [name],
  flags: {
    output: {
      kind: 'text',
      short: 'o',
      value: 'FILE',
      complete: 'files',
      summary: say(
        'The file to write; - for stdout (default NAME-data.tar.gz)',
        '保存先のファイル。- は標準出力 (既定値: NAME-data.tar.gz)',
      ),
    },
    force: {
      kind: 'switch',
      summary: say('Replace a file that is already there', '既存のファイルを置き換えます'),
    },
  },
});

export const remove = spec({
  name: 'delete',
  summary: say(
    'Delete backups and everything that belongs to them',
    'バックアップと関連データをすべて削除します',
  ),
  arguments: [{ ...name, name: 'NAMES', required: false, variadic: true }],
  flags: {
    all: {
      kind: 'switch',
      summary: say('Every backup of the location', 'この場所にあるすべてのバックアップ'),
    },
    selector: {
      kind: 'text',
      short: 'l',
      value: 'SELECTOR',
      summary: say('Backups with these labels', '指定したラベルを持つバックアップ'),
    },
    confirm: { kind: 'switch', summary: say('Do not ask', '確認せずに実行します') },
  },
});

export const prune = spec({
  name: 'prune',
  summary: say(
    'Delete backups whose time to live is over; Velero does that only while its server runs',
    '保持期間が過ぎたバックアップを削除します (Velero ではサーバーの稼働中にのみ行われます)',
  ),
  arguments: [],
  flags: {
    expired: {
      kind: 'switch',
      summary: say('Those that have expired (required)', '期限切れのもの (必須)'),
    },
    selector: {
      kind: 'text',
      short: 'l',
      value: 'SELECTOR',
      summary: say('Only backups with these labels', '指定したラベルを持つバックアップだけ'),
    },
    confirm: { kind: 'switch', summary: say('Do not ask', '確認せずに実行します') },
  },
  examples: [
    {
      command: 'hozon backup prune --expired --confirm',
      summary: say('From a cron job', 'cron ジョブから実行します'),
    },
  ],
});

/** `hozon backup …`. */
export const backup: NounNode = {
  name: 'backup',
  aliases: ['backups'],
  summary: say('Back up, look at backups, delete them', 'バックアップの作成、表示、削除'),
  commands: [
    on(create, () => import('./create.ts')),
    on(plan, () => import('./plan.ts')),
    on(get, () => import('./get.ts')),
    on(describe, () => import('./describe.ts')),
    on(diff, () => import('./diff.ts')),
    on(logs, () => import('./logs.ts')),
    on(download, () => import('./download.ts')),
    on(remove, () => import('./delete.ts')),
    on(prune, () => import('./prune.ts')),
  ],
};
