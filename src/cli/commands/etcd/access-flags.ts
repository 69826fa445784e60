import { say } from '../../spec.ts';

/** How a running etcd is reached: etcdctl's flags. What is not given is taken from its variables. */
export const accessFlags = {
  endpoints: {
    kind: 'list',
    value: 'URLS',
    summary: say(
      'Every member: https://m0:2379,https://m1:2379 ($ETCDCTL_ENDPOINTS)',
      '全メンバーのエンドポイント (例: https://m0:2379,https://m1:2379)。$ETCDCTL_ENDPOINTS でも指定できます',
    ),
  },
  cacert: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'The authority that signed the servers’ certificates ($ETCDCTL_CACERT)',
      'サーバー証明書を検証する認証局の証明書 ($ETCDCTL_CACERT)',
    ),
  },
  cert: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say('The client’s certificate ($ETCDCTL_CERT)', 'クライアント証明書 ($ETCDCTL_CERT)'),
  },
  key: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say('The key of that certificate ($ETCDCTL_KEY)', 'クライアント証明書のキー ($ETCDCTL_KEY)'),
  },
  commandTimeout: {
    kind: 'duration',
    value: 'DURATION',
    summary: say(
      'How long a member may take to answer; 5s unless given ($ETCDCTL_COMMAND_TIMEOUT)',
      'メンバーの応答を待つ時間。省略時は 5s です ($ETCDCTL_COMMAND_TIMEOUT)',
    ),
  },
} as const;
