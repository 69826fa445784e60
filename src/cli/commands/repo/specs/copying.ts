import { say, spec } from '../../../spec.ts';
import { access } from './access.ts';
import { filter } from './filter.ts';
import { fromAccess } from './from.ts';
import { ofVelero } from './of-velero.ts';
import { packing } from './packing.ts';
import { excluding } from './patterns.ts';
import { someSnapshots } from './queries.ts';

export const copy = spec({
  name: 'copy',
  summary: say(
    'Copy snapshots from another repository into this one',
    '別のリポジトリーからこのリポジトリーにスナップショットをコピーします',
  ),
  details: say(
    'Between restic and kopia repositories in any direction, the oldest snapshot first. What was copied before is left out, and so is content that is there already. A copy that was interrupted goes on when it is run again. What the other format cannot hold is said before anything is written: --dry-run stops there. Between restic repositories, later backups share content with what was copied only if the repository was made with `hozon repo init --copy-chunker-params`.',
    'restic と kopia のリポジトリー間で、どの方向にも、古いスナップショットから順にコピーします。コピー済みのスナップショットと、既にある内容は転送しません。中断したコピーは、再実行すると続きから行います。コピー先の形式で保持できないものは、書き込む前に表示します (--dry-run はそこで終了します)。restic リポジトリー間で、コピーした内容を以後のバックアップと共有するには、`hozon repo init --copy-chunker-params` で作成したリポジトリーが必要です。',
  ),
  arguments: [someSnapshots],
  flags: {
    ...access,
    ...fromAccess,
    ...filter,
    ...packing,
    dryRun: {
      kind: 'switch',
      short: 'n',
      summary: say(
        'Only show what would be copied, and what the other format cannot hold',
        'コピーされるものと、コピー先の形式で保持できないものを表示するだけで、変更しません',
      ),
    },
    verify: {
      kind: 'switch',
      summary: say(
        'Then read the copies and their sources, and compare them',
        'コピー後に、コピーとコピー元を読み取って比較します',
      ),
    },
  },
  examples: [
    {
      command:
        'hozon repo copy --repo s3://backups/copy --password-file ~/.copy --from-repo file:///backups --from-password-file ~/.own',
      summary: say('From a directory into a bucket', 'ディレクトリーからバケットにコピーします'),
    },
    {
      command:
        'hozon repo copy -r /backups/kopia -p ~/.kopia --from-repo /backups/restic --from-password-file ~/.restic --dry-run',
      summary: say(
        "What of a restic repository's history kopia could not hold",
        'restic リポジトリーの履歴のうち、kopia で保持できないものを確認します',
      ),
    },
  ],
});

export const rewrite = spec({
  name: 'rewrite',
  summary: say(
    'Take paths out of snapshots, or change their host or time',
    'スナップショットからパスを取り除くか、ホストや日時を変更します',
  ),
  details: say(
    'New snapshots are made; they get the tag "rewrite" (in kopia repositories "rewrite-of" with the id of the other), or take the place of the others with --forget. `hozon repo prune` then frees what nothing needs any more.',
    '新しいスナップショットを作成し、タグ "rewrite" (kopia リポジトリーでは元の ID を値とする "rewrite-of") を付けます。--forget を指定すると元のスナップショットを置き換えます。不要になったデータは `hozon repo prune` で削除できます。',
  ),
  arguments: [someSnapshots],
  flags: {
    ...access,
    ...filter,
    ...packing,
    ...excluding,
    objectId: {
      kind: 'texts',
      format: 'kopia',
      value: 'ID',
      summary: say(
        'Take out files and directories whose object it is',
        'このオブジェクトを持つファイルとディレクトリーを取り除きます',
      ),
    },
    newHost: {
      kind: 'text',
      value: 'NAME',
      summary: say('Set the host', 'ホストを設定します'),
    },
    newTime: {
      kind: 'text',
      value: 'TIME',
      summary: say('Set the time', '日時を設定します'),
    },
    snapshotSummary: {
      kind: 'switch',
      format: 'restic',
      short: 's',
      summary: say(
        'Count files and bytes where a snapshot does not say them',
        'ファイル数とサイズが記録されていないスナップショットに集計を追加します',
      ),
    },
    forget: {
      kind: 'switch',
      summary: say('Remove the snapshots that are rewritten', '書き換え元のスナップショットを削除します'),
    },
    ...ofVelero,
    dryRun: {
      kind: 'switch',
      short: 'n',
      summary: say('Only show what would be done', '実行内容を表示するだけで、変更しません'),
    },
  },
  examples: [
    {
      command: "hozon repo rewrite --exclude '*.secret' --forget latest",
      summary: say(
        'Take files out of the latest snapshot',
        '最新のスナップショットからファイルを取り除きます',
      ),
    },
  ],
});
