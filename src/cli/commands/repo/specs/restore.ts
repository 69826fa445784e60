import { say, spec } from '../../../spec.ts';
import { readAccess, snapshot } from './access.ts';
import { filter } from './filter.ts';
import { excluding, including } from './patterns.ts';

/** What is restored, with restic's meanings. */
const selecting = { ...including, ...excluding } as const;

export const restore = spec({
  name: 'restore',
  summary: say(
    'Restore a snapshot, or a part of it, into a directory',
    'スナップショットの全部または一部をディレクトリーに復元します',
  ),
  details: say(
    'Nothing outside the directory is touched, and no file has its name before all of it is right. What cannot be restored is named, the rest is restored, and the exit code is 3. An interrupted restore is completed by running it again.',
    'ディレクトリーの外には影響しません。ファイルは内容がすべて正しく書き込まれてから最終的な名前になります。復元できないものがあれば表示し、残りを復元して終了コード 3 で終了します。中断した場合は、もう一度実行すれば続きから完了できます。',
  ),
  arguments: [
    {
      ...snapshot,
      summary: say(
        'The beginning of its id, or "latest"; SNAPSHOT:PATH for a part of it',
        'ID の先頭部分、または "latest"。一部だけの場合は SNAPSHOT:PATH',
      ),
    },
  ],
  flags: {
    ...readAccess,
    target: {
      kind: 'text',
      value: 'DIR',
      short: 't',
      complete: 'files',
      summary: say('The directory to restore into', '復元先のディレクトリー'),
    },
    ...selecting,
    includeXattr: {
      kind: 'texts',
      value: 'PATTERN',
      summary: say('Only extended attributes whose names match', '名前が一致する拡張属性だけを復元します'),
    },
    excludeXattr: {
      kind: 'texts',
      value: 'PATTERN',
      summary: say('No extended attributes whose names match', '名前が一致する拡張属性を復元しません'),
    },
    overwrite: {
      kind: 'choice',
      value: 'POLICY',
      choices: ['always', 'if-changed', 'if-newer', 'never'],
      summary: say(
        'What becomes of files that are there (always); if-changed trusts size and time',
        '既存のファイルの扱い (既定値: always)。if-changed はサイズと更新日時が同じものを同一とみなします',
      ),
    },
    delete: {
      kind: 'switch',
      summary: say(
        'Remove what is in restored directories and not in the snapshot',
        '復元したディレクトリーにあり、スナップショットにないものを削除します',
      ),
    },
    sparse: {
      kind: 'switch',
      summary: say('Let blocks of zeros take no space', 'ゼロだけのブロックに領域を割り当てません'),
    },
    verify: {
      kind: 'switch',
      summary: say('Read what was written again', '書き込んだものを読み直して確認します'),
    },
    dryRun: {
      kind: 'switch',
      short: 'n',
      summary: say('Change nothing, list what would be', '変更せずに、行われる内容の一覧を表示します'),
    },
    ...filter,
  },
  examples: [
    {
      command: 'hozon repo restore latest --target /mnt/restored --repo s3://backups/hosts -p ~/.key',
      summary: say('The whole snapshot below /mnt/restored', '/mnt/restored の下に全体を復元します'),
    },
    {
      command:
        'hozon repo restore latest:/etc/origin -t /etc/origin --delete --dry-run --repo /backups -p ~/.key',
      summary: say(
        'What making a directory as it was would do',
        'ディレクトリーを元の状態に戻すと何が行われるかを確認します',
      ),
    },
  ],
});
