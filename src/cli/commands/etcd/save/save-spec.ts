import { say, spec } from '../../../spec.ts';
import { access as repositoryAccess } from '../../repo/specs/access.ts';
import { accessFlags } from '../access-flags.ts';
import { hostFlags } from './host-flags.ts';

const { repo, passwordFile, passwordCommand, passwordEnv, retryLock, limitUpload } = repositoryAccess;

export const save = spec({
  name: 'save',
  summary: say(
    'Take a snapshot of a running etcd, check it, and keep it',
    '稼働中の etcd のスナップショットを取得し、検証して保存します',
  ),
  details: say(
    'TARGET is a directory (the file is then named snapshot_DATE_TIME.db, in UTC), the path of a new file, or s3://BUCKET/PREFIX; --repo stores into a restic or kopia repository instead, encrypted. Of several endpoints the best member is taken. A snapshot that is not whole is never kept under its name, and nothing is ever replaced. Prefixes of storage locations are refused: Velero declares a location invalid that holds anything else.',
    'TARGET には、ディレクトリー (ファイル名は snapshot_日付_時刻.db、UTC)、新しいファイルのパス、または s3://BUCKET/PREFIX を指定します。--repo を指定すると、restic または kopia のリポジトリーに暗号化して保存します。複数のエンドポイントを指定した場合は、最適なメンバーから取得します。不完全なスナップショットが正式な名前で残ることはなく、既存のものを置き換えることもありません。Velero は、ほかのものが置かれた保存場所を無効と判断するため、保存場所のプレフィックスは指定できません。',
  ),
  arguments: [
    {
      name: 'TARGET',
      complete: 'files',
      summary: say('Where to keep it', '保存先'),
    },
  ],
  flags: {
    ...accessFlags,
    serverName: {
      kind: 'text',
      value: 'NAME',
      summary: say(
        'The name that the server’s certificate must be for, if it is not the endpoint’s',
        'サーバー証明書の名前 (エンドポイントのホスト名と異なる場合)',
      ),
    },
    pod: {
      kind: 'text',
      value: 'NAMESPACE/NAME',
      summary: say(
        'Of the etcd in this pod, through a forwarded port: nothing is written on its disk',
        'この Pod の etcd から、ポートフォワード経由で取得します。Pod のディスクには何も書き込みません',
      ),
    },
    container: {
      kind: 'text',
      value: 'NAME',
      summary: say(
        'The container that runs etcd; "etcd" unless given',
        'etcd を実行しているコンテナー。省略時は "etcd" です',
      ),
    },
    via: {
      kind: 'choice',
      value: 'WAY',
      choices: ['port-forward', 'exec'],
      summary: say(
        'How to reach the pod; exec runs etcdctl in it, and is taken by itself only where no port can be forwarded',
        'Pod への接続方法。exec は Pod 内で etcdctl を実行します。省略時は、ポートフォワードができない場合だけ exec を使います',
      ),
    },
    secret: {
      kind: 'text',
      value: 'NAMESPACE/NAME',
      summary: say(
        'The Secret with the client certificate; read out of the pod unless given',
        'クライアント証明書を持つ Secret。省略時は Pod の中から読み取ります',
      ),
    },
    ...hostFlags,
    name: {
      kind: 'text',
      value: 'FILE',
      summary: say('Another name for the file', 'ファイル名'),
    },
    repo,
    passwordFile,
    passwordCommand,
    passwordEnv,
    retryLock,
    limitUpload,
    clusterName: {
      kind: 'text',
      value: 'NAME',
      summary: say(
        'In a repository of several clusters: keeps its series apart, as /etcd/NAME/snapshot',
        '複数のクラスターで共用するリポジトリーでの、クラスターの名前 (/etcd/NAME/snapshot として保存します)',
      ),
    },
    tag: {
      kind: 'list',
      value: 'TAGS',
      summary: say(
        'Tags of the snapshot in a repository; KEY:VALUE for kopia',
        'リポジトリーに保存するスナップショットのタグ (kopia では KEY:VALUE)',
      ),
    },
    verify: {
      kind: 'switch',
      shownNegated: true,
      summary: say(
        'Do not read every page and record of the file; its checksum is looked at in any case',
        'ファイルの全ページと全レコードの検証を省略します。チェックサムは必ず検証します',
      ),
    },
    dryRun: {
      kind: 'switch',
      summary: say(
        'Look at etcd and at the target, and take nothing',
        'etcd と保存先の確認だけを行い、取得はしません',
      ),
    },
  },
  examples: [
    {
      command:
        'hozon etcd snapshot save /backup --endpoints https://m0:2379,https://m1:2379 --cacert /etc/etcd/ca.crt --cert /etc/etcd/peer.crt --key /etc/etcd/peer.key',
      summary: say('Into a directory, on a master', 'マスターで、ディレクトリーに保存します'),
    },
    {
      command: 'hozon etcd snapshot save s3://backups/etcd --pod kube-system/etcd-m0',
      summary: say('Of a pod, into an object store', 'Pod から、オブジェクトストレージに保存します'),
    },
    {
      command: 'hozon etcd snapshot save /backup/ --host core@m0 --sudo --host-files /backup-keys/',
      summary: say(
        'On a control plane host of OpenShift 4, with its static pod resources',
        'OpenShift 4 のコントロールプレーンホストで、静的 Pod リソースとともに取得します',
      ),
    },
    {
      command:
        'hozon etcd snapshot save --repo s3://backups/repository --pod clusters-west/etcd-0 --secret clusters-west/etcd-client-tls --cluster-name west',
      summary: say(
        'Of a hosted cluster, into a repository',
        'ホステッドクラスターから、リポジトリーに保存します',
      ),
    },
  ],
});
