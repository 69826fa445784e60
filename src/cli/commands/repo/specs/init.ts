import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { fromAccess } from './from.ts';

const { retryLock: _, ...withoutWaiting } = access;

/** What is chosen once and for all when a kopia repository is made. */
const kopiaChoices = {
  hash: {
    kind: 'text',
    format: 'kopia',
    value: 'NAME',
    summary: say(
      'How contents are named (default: BLAKE2B-256-128)',
      '内容の識別に使うハッシュ (既定値: BLAKE2B-256-128)',
    ),
  },
  encryption: {
    kind: 'text',
    format: 'kopia',
    value: 'NAME',
    summary: say(
      'How contents are sealed (default: AES256-GCM-HMAC-SHA256)',
      '内容の暗号化の方式 (既定値: AES256-GCM-HMAC-SHA256)',
    ),
  },
  splitter: {
    kind: 'text',
    format: 'kopia',
    value: 'NAME',
    summary: say(
      'Where files are cut (default: DYNAMIC-4M-BUZHASH)',
      'ファイルの分割の方式 (既定値: DYNAMIC-4M-BUZHASH)',
    ),
  },
  formatVersion: {
    kind: 'choice',
    format: 'kopia',
    value: 'VERSION',
    choices: ['1', '2', '3'],
    summary: say(
      'Which versions of kopia can open it: 3 (default) those since 0.11, 2 those since 0.9, 1 all',
      '開ける kopia のバージョン: 3 (既定値) は 0.11 以降、2 は 0.9 以降、1 はすべて',
    ),
  },
  owner: {
    kind: 'text',
    format: 'kopia',
    value: 'USER@HOST',
    summary: say(
      'Who runs its maintenance (default: this user and host)',
      'メンテナンスを実行するユーザーとホスト (既定値: このユーザーとホスト)',
    ),
  },
  retentionMode: {
    kind: 'choice',
    format: 'kopia',
    value: 'MODE',
    choices: ['governance', 'compliance'],
    summary: say(
      'Lock blobs in a bucket with object lock; nobody can lift a lock of the mode compliance',
      'オブジェクトロックが有効なバケットでブロブをロックします。compliance のロックは誰にも解除できません',
    ),
  },
  retentionPeriod: {
    kind: 'duration',
    format: 'kopia',
    value: 'DURATION',
    summary: say('How long blobs stay locked, at least 24h', 'ブロブをロックする期間 (24h 以上)'),
  },
} as const;

export const init = spec({
  name: 'init',
  summary: say('Make a repository', 'リポジトリーを作成します'),
  details: say(
    "Of restic's format (version 2) or of kopia's; every other command finds out which it is. Without its password, nobody can read what is stored there: keep a copy of it elsewhere.",
    'restic (バージョン 2) または kopia の形式で作成します。ほかのコマンドは形式を自動的に判別します。パスワードがなければ保存した内容は誰にも読み取れません。パスワードの控えを別の場所に保管してください。',
  ),
  flags: {
    format: {
      kind: 'choice',
      value: 'FORMAT',
      choices: ['restic', 'kopia'],
      summary: say('The format of the repository (default: restic)', 'リポジトリーの形式 (既定値: restic)'),
    },
    ...withoutWaiting,
    copyChunkerParams: {
      kind: 'switch',
      format: 'restic',
      summary: say(
        'Cut files as the repository of --from-repo does, so that copies share content with later backups',
        '--from-repo のリポジトリーと同じ位置でファイルを分割し、コピーと以後のバックアップを重複排除できるようにします',
      ),
    },
    ...fromAccess,
    discardLeftovers: {
      kind: 'switch',
      format: 'restic',
      summary: say(
        'Let go the keys of an interrupted init that this password does not open',
        '中断された init が残した、このパスワードで開けないキーを破棄します',
      ),
    },
    ...kopiaChoices,
  },
  examples: [
    {
      command: 'hozon repo init --format kopia --repo s3://backups/hosts -p ~/.key',
      summary: say('A repository that kopia opens, too', 'kopia でも開けるリポジトリーを作成します'),
    },
  ],
});
