import { say, spec } from '../../spec.ts';
import { accessFlags } from './access-flags.ts';

export const status = spec({
  name: 'status',
  summary: say(
    'Show the state of a running cluster: health, members, quorum, alarms, certificates',
    '稼働中のクラスターの状態 (ヘルス、メンバー、定足数、アラーム、証明書) を表示します',
  ),
  details: say(
    'Exit code 0: healthy. 3: it works, but not every member does, or not every one was asked. 1: no quorum, or an alarm.',
    '終了コード 0 は正常、3 は稼働しているものの一部のメンバーに問題があるか確認されていないこと、1 は定足数不足またはアラームを示します。',
  ),
  flags: {
    ...accessFlags,
    everyMember: {
      kind: 'switch',
      summary: say(
        'Ask the members that --endpoints leaves out, too',
        '--endpoints に含まれないメンバーにも問い合わせます',
      ),
    },
    dataDir: {
      kind: 'text',
      value: 'DIR',
      complete: 'files',
      summary: say(
        'The data directory of a member on this host: look there for data of API 2',
        'このホストにあるメンバーのデータディレクトリー。API v2 のデータの有無を確認します',
      ),
    },
    preflight: {
      kind: 'switch',
      summary: say(
        'Show the checks to pass before a backup; asks the API server, too',
        'バックアップ前の確認項目を表示します。API サーバーにも問い合わせます',
      ),
    },
  },
  examples: [
    {
      command:
        'hozon etcd status --endpoints https://m0:2379,https://m1:2379,https://m2:2379 --cacert /etc/etcd/ca.crt --cert /etc/etcd/peer.crt --key /etc/etcd/peer.key',
      summary: say('On a master of OpenShift 3.11', 'OpenShift 3.11 のマスターで実行する場合'),
    },
  ],
});
