import { say, spec } from '../../spec.ts';

/** Where the key is that Secrets are encrypted with. */
export const keyFlags = {
  keyFile: {
    kind: 'texts',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'The saved key: 32 bytes, their base64, or Secrets (- is stdin); give the backup key, too, where there is one',
      '保存したキー (32 バイト、base64、または Secret。- は標準入力)。バックアップキーがある場合は併せて指定します',
    ),
  },
  secret: {
    kind: 'texts',
    value: 'NAMESPACE/NAME',
    summary: say(
      'The key in a Secret of the management cluster: clusters/NAME-etcd-encryption-key',
      '管理クラスターの Secret にあるキー (例: clusters/NAME-etcd-encryption-key)',
    ),
  },
} as const;

export const matchKey = spec({
  name: 'match-key',
  summary: say(
    'Say whether a saved AES key is the one that a snapshot’s Secrets are encrypted with',
    '保存した AES キーで、スナップショットの Secret を復号できるかを確認します',
  ),
  details: say(
    'Works without any cluster: the snapshot names its key, and every encrypted value is decrypted to see. Exit code 0: the key opens all of it. 1: it does not. 3: some of it, or it cannot be told (a KMS).',
    'クラスターなしで確認できます。スナップショットに記録されたキー名を調べ、暗号化された値をすべて復号して確かめます。終了コード 0 はすべて復号できたこと、1 は復号できないこと、3 は一部だけか、判断できないこと (KMS) を示します。',
  ),
  arguments: [
    {
      name: 'SNAPSHOT',
      required: true,
      complete: 'files',
      summary: say('The path of the snapshot', 'スナップショットのパス'),
    },
  ],
  flags: keyFlags,
  examples: [
    {
      command: 'hozon hosted-cluster match-key prod-snapshot.db --key-file prod-etcd-encryption-key.yaml',
      summary: say(
        'A snapshot and a key that were saved by hand',
        '手作業で保存したスナップショットとキーを照合します',
      ),
    },
  ],
});
