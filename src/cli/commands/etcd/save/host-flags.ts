import { say } from '../../../spec.ts';

/** How a member is reached on its host, over SSH. */
export const hostFlags = {
  host: {
    kind: 'list',
    value: '[USER@]HOST[:PORT]',
    summary: say(
      'Of the member on this host, by etcdctl there, over SSH as configured for `ssh`. Given once for each member, the best one is saved, and --host-files takes what lies on each',
      'このホストのメンバーから、SSH (`ssh` の設定に従います) 経由でホスト上の etcdctl により取得します。メンバーごとに指定すると、最適なメンバーから取得し、--host-files では各ホストのファイルを取得します',
    ),
  },
  sshPort: {
    kind: 'number',
    value: 'PORT',
    summary: say('The port of its SSH server', 'SSH サーバーのポート'),
  },
  identityFile: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say('The private key to log in with', 'ログインに使用する秘密鍵'),
  },
  knownHosts: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say('The file whose host keys count', 'ホスト鍵を登録したファイル'),
  },
  jump: {
    kind: 'text',
    value: 'HOSTS',
    summary: say('Hosts to go through, as `ssh -J`', '経由するホスト (`ssh -J` と同じ形式)'),
  },
  sudo: {
    kind: 'switch',
    summary: say(
      'Become root on the host, by sudo without a password',
      'ホスト上でパスワードなしの sudo により root になります',
    ),
  },
  hostFiles: {
    kind: 'text',
    value: 'TARGET',
    complete: 'files',
    summary: say(
      'Also take what lies on the host alone, and keep it here, apart from the snapshot, as it holds keys: etcd’s configuration directory, v2 data, static pod resources of OpenShift 4',
      'ホストだけにあるもの (etcd の設定ディレクトリー、v2 データ、OpenShift 4 の静的 Pod リソース) も取得して保存します。鍵を含むため、スナップショットとは別の保存先を指定します',
    ),
  },
  stallTimeout: {
    kind: 'duration',
    value: 'DURATION',
    summary: say(
      'Give up where nothing has come of the member for so long, 1s to 24h; 5m unless given',
      'メンバーから何も届かない状態がこの時間 (1s～24h) 続いたら中止します。省略時は 5m です',
    ),
  },
  force: {
    kind: 'switch',
    summary: say(
      'Take the live static pods although others are being rolled out',
      'ロールアウト中でも、稼働中の静的 Pod のリソースを取得します',
    ),
  },
} as const;
