import { say, spec } from '../../../spec.ts';

export const file = {
  name: 'FILE',
  required: true,
  complete: 'files',
  summary: say('The path of the snapshot', 'スナップショットのパス'),
} as const;

/** How objects in a snapshot are read. */
export const reading = {
  revision: {
    kind: 'number',
    value: 'REVISION',
    summary: say(
      'As of this revision of etcd, if the file still holds it; the newest one unless given',
      'この etcd リビジョンの時点の内容を読み取ります (ファイルに残っている場合)。省略時は最新のリビジョンです',
    ),
  },
  encryptionConfig: {
    kind: 'text',
    value: 'FILE',
    complete: 'files',
    summary: say(
      'The cluster’s EncryptionConfiguration, for what is encrypted at rest',
      '保存時に暗号化された値を読み取るための、クラスターの EncryptionConfiguration',
    ),
  },
} as const;

/** Which objects are looked at. */
export const within = {
  namespace: {
    kind: 'text',
    short: 'n',
    value: 'NAMESPACE',
    summary: say('Only in this namespace', 'この namespace のオブジェクトだけを対象にします'),
  },
  selector: {
    kind: 'text',
    short: 'l',
    value: 'SELECTOR',
    summary: say(
      'Only what these labels match: app=web',
      'このラベルセレクターに一致するオブジェクトだけを対象にします (例: app=web)',
    ),
  },
} as const;

export const status = spec({
  name: 'status',
  summary: say(
    'Show what etcdutl says of a snapshot: hash, revision, keys, size',
    'ハッシュ、リビジョン、キー数、サイズを etcdutl と同じ値で表示します',
  ),
  details: say(
    'Up to 3.5, etcd counts entries as total keys; from 3.6 on, the keys that are there. Both are shown.',
    'etcd 3.5 までは全エントリー数を、3.6 以降は存在するキーの数を totalKey として数えます。両方を表示します。',
  ),
  arguments: [file],
  flags: {},
  examples: [
    {
      command: 'hozon etcd snapshot status /backup/snapshot_2026-11-21_140000.db',
      summary: say('What a file holds', 'ファイルの内容の概要を表示します'),
    },
  ],
});

export const verify = spec({
  name: 'verify',
  summary: say(
    'Say whether a snapshot is sound: its checksum, every page, every record',
    'チェックサム、全ページ、全レコードを調べ、スナップショットの健全性を検証します',
  ),
  details: say(
    'Exit code 0: sound. 1: it must not be restored from. 3: nothing is wrong, but not everything can be proven, as in a copy of a database without a checksum.',
    '終了コード 0 は健全、1 は復元に使用できないこと、3 は問題は見つからないが完全には証明できないこと (チェックサムのないデータベースのコピーなど) を示します。',
  ),
  arguments: [file],
  flags: {},
});

export const ls = spec({
  name: 'ls',
  summary: say('List the objects in a snapshot', 'スナップショット内のオブジェクトの一覧を表示します'),
  details: say(
    'With --keys, what etcd has: one key a line in the order of their bytes, whatever is stored there, without a look at it; -o changes nothing of that.',
    '--keys を指定すると、etcd のキーをバイト順に 1 行ずつ表示します。値の内容は問わず、読み取りもしません。-o の指定は影響しません。',
  ),
  arguments: [
    file,
    {
      name: 'TYPE',
      summary: say(
        'Only these: pods, deploy, deployments.apps',
        '対象の種類 (例: pods、deploy、deployments.apps)',
      ),
    },
  ],
  flags: {
    keys: {
      kind: 'switch',
      summary: say(
        'List keys, those of no object and of what cannot be decrypted too',
        'キーの一覧を表示します (オブジェクトでないものや復号できないものも含みます)',
      ),
    },
    ...within,
    ...reading,
  },
  examples: [
    {
      command: 'hozon etcd snapshot ls snapshot.db configmaps -n shop',
      summary: say('The ConfigMaps of a namespace', 'namespace 内の ConfigMap を一覧表示します'),
    },
  ],
});

export const get = spec({
  name: 'get',
  summary: say(
    'Show an object out of a snapshot, as the API server would',
    'スナップショット内のオブジェクトを API サーバーと同じ形で表示します',
  ),
  details: say(
    'YAML unless -o json is given. Fields that the API server fills in with defaults are shown as they are stored.',
    '-o json を指定しない場合は YAML で表示します。API サーバーが補う既定値は、保存されているとおりに表示します。',
  ),
  arguments: [
    file,
    {
      name: 'TYPE',
      required: true,
      summary: say('configmaps, cm, deployments.apps', '種類 (例: configmaps、cm、deployments.apps)'),
    },
    { name: 'NAME', required: true, summary: say('The name of the object', 'オブジェクトの名前') },
  ],
  flags: {
    namespace: {
      kind: 'text',
      short: 'n',
      value: 'NAMESPACE',
      summary: say('The namespace that it is in', 'オブジェクトの namespace'),
    },
    ...reading,
  },
  examples: [
    {
      command: 'hozon etcd snapshot get snapshot.db configmaps web -n shop | kubectl apply -f -',
      summary: say('Bring one object back', 'オブジェクトを 1 つだけ元に戻します'),
    },
  ],
});

export const diff = spec({
  name: 'diff',
  summary: say(
    'Show what another snapshot, another revision or the cluster has otherwise',
    '別のスナップショット、別のリビジョン、またはクラスターとの差分を表示します',
  ),
  details: say(
    'What a server gives out by itself (identities, versions, times) is not compared; what Secrets hold is compared and not shown.',
    'サーバーが付与する値 (UID、バージョン、時刻など) は比較しません。Secret の値は比較しますが表示しません。',
  ),
  arguments: [
    file,
    {
      name: 'OTHER',
      required: true,
      complete: 'files',
      summary: say(
        'The path of a snapshot, or "live" for the cluster',
        '比較先のスナップショットのパス。クラスターの場合は "live"',
      ),
    },
  ],
  flags: {
    namespace: {
      kind: 'text',
      short: 'n',
      value: 'NAMESPACE',
      summary: say('Only in this namespace', 'この namespace だけを比較します'),
    },
    types: {
      kind: 'list',
      value: 'TYPES',
      summary: say('Only of these types: cm,deployments.apps', '比較する種類 (例: cm,deployments.apps)'),
    },
    toRevision: {
      kind: 'number',
      value: 'REVISION',
      summary: say('OTHER as of this revision', '比較先のリビジョン'),
    },
    status: { kind: 'switch', summary: say('Compare the status of objects, too', 'status も比較します') },
    details: {
      kind: 'switch',
      summary: say('List every object and every field', 'すべてのオブジェクトとフィールドを表示します'),
    },
    ...reading,
  },
  examples: [
    {
      command: 'hozon etcd snapshot diff snapshot.db live -n shop --details',
      summary: say('What has changed in a namespace since', '取得後に namespace で変わった内容を表示します'),
    },
  ],
});

export const stats = spec({
  name: 'stats',
  summary: say(
    'Show what fills a snapshot, and which volumes its objects need',
    '容量の内訳と、オブジェクトが参照しているボリュームを表示します',
  ),
  arguments: [file],
  flags: reading,
});
