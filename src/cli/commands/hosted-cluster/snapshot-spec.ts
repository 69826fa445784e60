import { say, spec } from '../../spec.ts';
import { access as repositoryAccess } from '../repo/specs/access.ts';
import { nameArgument } from './names.ts';

const { passwordFile, passwordCommand, passwordEnv, retryLock, limitUpload } = repositoryAccess;

/** How long is waited, and where is spooled: of every command that brings a cluster down or back. */
export const workFlags = {
  wait: {
    kind: 'duration',
    value: 'DURATION',
    summary: say(
      'How long to wait for pods to end or to be ready, each time; 10m unless given',
      'Pod の終了や Ready をそれぞれ待つ時間。省略時は 10m です',
    ),
  },
  spoolDir: {
    kind: 'text',
    value: 'DIR',
    complete: 'files',
    summary: say(
      'Where the members’ snapshots lie, in a private directory, until one is shipped; the system’s directory for temporary files unless given',
      'スナップショットを保存先に送るまで一時的に置くディレクトリー (専用のサブディレクトリーを作成)。省略時はシステムの一時ディレクトリーです',
    ),
  },
} as const;

export const snapshot = spec({
  name: 'snapshot',
  summary: say(
    'Take a snapshot of a hosted cluster’s etcd, with the API paused, and bring the cluster back',
    'ホステッドクラスターの API を停止して etcd のスナップショットを取得し、元に戻します',
  ),
  details: say(
    'Pauses the HostedCluster, scales the writers of its etcd down, takes a snapshot of every member, compares them, brings the cluster back, verifies, matches the encryption key, and ships one as NAME-snapshot.db to TARGET (s3://BUCKET/PREFIX or a directory). Nothing is ever replaced there: --dated keeps several. What was there before is written into the management cluster first, so a run that died is finished by the same command on any machine, or taken back by `hozon hosted-cluster undo`. Where a step fails, or the command is interrupted, the cluster is brought back before it ends; not where it is killed, loses its lock or cannot reach the management cluster for two minutes: then run it again, or undo.',
    'HostedCluster を一時停止し、etcd への書き込み元をスケールダウンして、全メンバーのスナップショットを取得、比較します。クラスターを元に戻した後、検証と暗号化キーの照合を行い、1 つを NAME-snapshot.db として TARGET (s3://BUCKET/PREFIX またはディレクトリー) に保存します。既存のものは置き換えません (--dated を指定すると複数保存できます)。変更前の状態は最初に管理クラスターに記録するため、中断した処理は、どのマシンからでも同じコマンドで完了するか、`hozon hosted-cluster undo` で元に戻せます。手順が失敗した場合や中断した場合は、終了前にクラスターを元に戻します。ただし、強制終了された場合、ロックを失った場合、管理クラスターに 2 分間接続できない場合は戻りません。そのときは再実行するか、undo を実行してください。',
  ),
  arguments: [
    nameArgument,
    {
      name: 'TARGET',
      required: true,
      complete: 'files',
      summary: say('Where to keep it: a URL or a directory', '保存先の URL またはディレクトリー'),
    },
  ],
  flags: {
    live: {
      kind: 'switch',
      summary: say(
        'Without downtime: nothing is paused or scaled; what was written before it began is in it',
        '停止なしで取得します。一時停止もスケールも行いません。開始前に書き込まれた内容を含みます',
      ),
    },
    pauseNodePools: {
      kind: 'switch',
      summary: say('Pause its NodePools, too', 'NodePool も一時停止します'),
    },
    dated: {
      kind: 'switch',
      summary: say(
        'Keep it as DATE_TIME/NAME-snapshot.db, so that earlier ones stay',
        '日付_時刻/NAME-snapshot.db として保存し、以前のスナップショットを残します',
      ),
    },
    keyRepo: {
      kind: 'text',
      value: 'URL',
      complete: 'locations',
      summary: say(
        'The restic or kopia repository for the key Secret: not where the snapshot is, nor under its credential',
        'キーの Secret を保存する restic または kopia リポジトリー。スナップショットとは別の場所、別の認証情報にします',
      ),
    },
    key: {
      kind: 'switch',
      shownNegated: true,
      summary: say(
        'Keep the key nowhere: it is kept otherwise, and without it the snapshot is worth nothing',
        'キーを保存しません (別途保管している場合)。キーがないと、スナップショットから復元できません',
      ),
    },
    passwordFile,
    passwordCommand,
    passwordEnv,
    retryLock,
    limitUpload,
    ...workFlags,
    dryRun: {
      kind: 'switch',
      summary: say(
        'Look at everything, show every step, and touch nothing',
        'すべてを確認して各手順を表示し、何も変更しません',
      ),
    },
  },
  examples: [
    {
      command: 'hozon hosted-cluster snapshot west s3://hosted-etcd/west --key-repo /keys/west --dated',
      summary: say(
        'Into an object store, its key into a repository elsewhere',
        'オブジェクトストレージに保存し、キーは別のリポジトリーに保存します',
      ),
    },
    {
      command: 'hozon hosted-cluster snapshot west s3://hosted-etcd/west --key-repo /keys/west --dry-run',
      summary: say('See every step first', '各手順を事前に確認します'),
    },
  ],
});

export const undo = spec({
  name: 'undo',
  summary: say(
    'Bring a hosted cluster back to what it was before a snapshot that did not come to its end',
    '完了しなかったスナップショット処理の前の状態に、ホステッドクラスターを戻します',
  ),
  details: say(
    'Reads what the run wrote into the management cluster before it changed anything: replicas and pausedUntil. It is refused while that run lives.',
    '処理が変更前に管理クラスターに記録した内容 (レプリカ数と pausedUntil) に戻します。その処理が実行中の場合は実行できません。',
  ),
  arguments: [nameArgument],
  flags: workFlags,
  examples: [
    {
      command: 'hozon hosted-cluster undo west',
      summary: say('After a run was killed', '処理が強制終了された後に実行します'),
    },
  ],
});
