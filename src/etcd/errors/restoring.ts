import { error } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';

/** Errors of preparing a data directory from a snapshot. */
export const restoring = {
  'restore-tool-missing': error<{ readonly program: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `There is no program ${p.program} that could restore the snapshot`,
      ja: p => `スナップショットを復元するプログラム ${p.program} がありません`,
    },
    hint: {
      en: () =>
        'Install the etcdutl (before etcd 3.5: the etcdctl) of the etcd that is going to run, or name it with --etcdutl.',
      ja: () =>
        '実行する etcd と同じバージョンの etcdutl (etcd 3.5 より前は etcdctl) をインストールするか、--etcdutl で指定してください。',
    },
  }),
  'restore-tool-unfit': error<{ readonly program: string; readonly reason: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.program} cannot do this restore: ${p.reason.en()}`,
      ja: p => `${p.program} ではこの復元を実行できません: ${p.reason.ja()}`,
    },
    hint: {
      en: () => 'Name another program with --etcdutl: the etcdutl of the etcd that is going to run.',
      ja: () => '実行する etcd と同じバージョンの etcdutl を --etcdutl で指定してください。',
    },
  }),
  'restore-cluster': error<{ readonly reason: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `The new cluster cannot be as described: ${p.reason.en()}`,
      ja: p => `指定された新しいクラスターの構成が正しくありません: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Give --initial-cluster as etcd is going to be started with it, NAME=PEER-URL for each member, and --name for this one: --name m0 --initial-cluster m0=https://10.0.0.10:2380,m1=https://10.0.0.11:2380.',
      ja: () =>
        'etcd の起動時と同じ --initial-cluster (メンバーごとに NAME=PEER-URL) と、このメンバーの --name を指定してください。例: --name m0 --initial-cluster m0=https://10.0.0.10:2380,m1=https://10.0.0.11:2380',
    },
  }),
  'restore-bump': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () => '--bump-revision and --mark-compacted go together',
      ja: () => '--bump-revision と --mark-compacted は一緒に指定する必要があります',
    },
    hint: {
      en: () =>
        'Give both (--bump-revision 1000000000 --mark-compacted), or neither: clients that know later revisions must be told that these are gone.',
      ja: () =>
        '両方を指定するか (--bump-revision 1000000000 --mark-compacted)、どちらも省略してください。新しいリビジョンを知るクライアントに、それらが失われたことを伝える必要があるためです。',
    },
  }),
  'restore-exists': error<{ readonly path: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `There is something at ${p.path} already`,
      ja: p => `${p.path} にはすでに内容があります`,
    },
    hint: {
      en: p =>
        `A restore never replaces data. Make sure that etcd is stopped, move ${p.path} away, and run the command again; or give another directory.`,
      ja: p =>
        `既存のデータは置き換えません。etcd が停止していることを確認し、${p.path} を別の場所に移動してから再実行するか、別のディレクトリーを指定してください。`,
    },
  }),
  'restore-unfinished': error<{ readonly paths: readonly string[] }>({
    exit: 'locked',
    retry: 'never',
    message: {
      en: p => `A restore was ended here before it was done, or one is running: ${p.paths.join(', ')}`,
      ja: p => `完了前に終了した復元の残りがあるか、復元が実行中です: ${p.paths.join(', ')}`,
    },
    hint: {
      en: p =>
        `Make sure that no other restore is running, remove what is left (\`rm -r ${p.paths.join(' ')}\`), and run the command again. No data was in place yet.`,
      ja: p =>
        `他の復元が実行中でないことを確認し、残っているものを削除 (\`rm -r ${p.paths.join(' ')}\`) してから再実行してください。データはまだ配置されていません。`,
    },
  }),
  'restore-wal-dir': error<{ readonly dataDir: string; readonly walDir: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `The log directory ${p.walDir} and the data directory ${p.dataDir} are one within the other`,
      ja: p =>
        `ログのディレクトリー ${p.walDir} とデータディレクトリー ${p.dataDir} の一方が他方の中にあります`,
    },
    hint: {
      en: p =>
        `Leave out --wal-dir to have the log in ${p.dataDir}/member/wal, or give a directory outside of the data directory.`,
      ja: p =>
        `--wal-dir を省略すると、ログは ${p.dataDir}/member/wal に置かれます。別の場所に置く場合は、データディレクトリーの外を指定してください。`,
    },
  }),
  'restore-unsound': error<{ readonly file: string; readonly reason: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} must not be restored from: ${p.reason.en()}`,
      ja: p => `${p.file} からは復元できません: ${p.reason.ja()}`,
    },
    hint: {
      en: p =>
        `Use another snapshot of the same time, if possible of another member; \`hozon etcd snapshot verify ${p.file}\` shows everything that is wrong.`,
      ja: p =>
        `同じ時刻の別のスナップショット (可能であれば別のメンバーのもの) を使用してください。問題の一覧は \`hozon etcd snapshot verify ${p.file}\` で確認できます。`,
    },
  }),
  'restore-unproven': error<{ readonly file: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.file} has no checksum at its end, so that it cannot be proven that it is whole`,
      ja: p => `${p.file} の末尾にチェックサムがないため、完全であることを確認できません`,
    },
    hint: {
      en: () =>
        'Use a snapshot. If this copy of a database is all there is, and was copied while its etcd was stopped, give --skip-hash-check.',
      ja: () =>
        'スナップショットを使用してください。etcd の停止中にコピーしたこのデータベースしかない場合は、--skip-hash-check を指定してください。',
    },
  }),
  'restore-no-space': error<{ readonly path: string; readonly needed: number; readonly free: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.path} has ${formatBytes(p.free)} free, and the restore needs ${formatBytes(p.needed)}`,
      ja: p =>
        `${p.path} の空き容量は ${formatBytes(p.free)} ですが、復元には ${formatBytes(p.needed)} 必要です`,
    },
    hint: {
      en: () => 'Make room there, or give a directory of another file system.',
      ja: () => '空き容量を増やすか、別のファイルシステムのディレクトリーを指定してください。',
    },
  }),
  'restore-failed': error<{ readonly program: string; readonly said: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.program} did not restore the snapshot: ${p.said}`,
      ja: p => `${p.program} によるスナップショットの復元に失敗しました: ${p.said}`,
    },
    hint: {
      en: () => 'Nothing was left behind. Correct what it names, and run the command again.',
      ja: () => '何も残していません。示された問題を修正してから、もう一度実行してください。',
    },
  }),
  'restore-differs': error<{ readonly program: string; readonly reason: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `What ${p.program} made is not what was planned, and was thrown away: ${p.reason.en()}`,
      ja: p => `${p.program} の結果が計画と一致しないため破棄しました: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Run the command again with the etcdutl of an official release, and with --dry-run to see what is planned.',
      ja: () => '公式リリースの etcdutl を使用して再実行してください。計画は --dry-run で確認できます。',
    },
  }),
} as const;
