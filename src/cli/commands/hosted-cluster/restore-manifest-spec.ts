import { say, spec } from '../../spec.ts';
import { keyFlags } from './match-key-spec.ts';

export const restoreManifest = spec({
  name: 'restore-manifest',
  summary: say(
    'Make the manifest that a hosted cluster is restored with: its snapshot’s URL, its key',
    'ホステッドクラスターの復元用マニフェストを作成します (スナップショットの URL とキー)',
  ),
  details: say(
    'A snapshot is restored only when a cluster is created. The URL is presigned for the object in the storage location (or given), tried, and set as spec.etcd.managed.storage.restoreSnapshotURL; the key is matched to the snapshot; all else stays as it was written, comments too. What would block the restore on the management cluster is named: exit code 3. Exit code 1: the URL or the key cannot be used, and nothing was written.',
    'スナップショットはクラスターの作成時にのみ復元されます。ストレージの場所のオブジェクトに署名付き URL を作成し (または指定された URL を使い)、取得できることを確認して spec.etcd.managed.storage.restoreSnapshotURL に設定します。キーはスナップショットと照合します。それ以外の部分はコメントも含めて変更しません。管理クラスターで復元の妨げになるものがある場合は列挙し、終了コード 3 を返します。終了コード 1 は URL またはキーが使用できず、何も書き込んでいないことを示します。',
  ),
  arguments: [
    {
      name: 'NAME',
      summary: say(
        'The HostedCluster, NAME or NAMESPACE/NAME; needed without -f, or where the file holds several',
        'HostedCluster の名前 (NAME または NAMESPACE/NAME)。-f を指定しない場合や、ファイルに複数ある場合に必要です',
      ),
    },
  ],
  flags: {
    file: {
      kind: 'text',
      short: 'f',
      value: 'FILE',
      complete: 'files',
      summary: say(
        'The output of `hcp create cluster --render --render-sensitive`, or saved objects (- is stdin); without it, what the management cluster has',
        '`hcp create cluster --render --render-sensitive` の出力、または保存したオブジェクト (- は標準入力)。省略時は管理クラスターから読み取ります',
      ),
    },
    outputFile: {
      kind: 'text',
      short: 'O',
      value: 'FILE',
      complete: 'files',
      summary: say(
        'Write the manifest to this file, which only its owner can read, and say what was found',
        'マニフェストを所有者だけが読み取れるファイルに書き込み、確認結果を表示します',
      ),
    },
    object: {
      kind: 'text',
      value: 'KEY',
      summary: say(
        'The snapshot in the storage location (default NAME-snapshot.db)',
        'ストレージの場所にあるスナップショットのキー (既定値 NAME-snapshot.db)',
      ),
    },
    expires: {
      kind: 'duration',
      value: 'DURATION',
      summary: say(
        'How long the URL is to work: 1h unless given, 168h at most',
        'URL の有効期間 (既定値 1h、最大 168h)',
      ),
    },
    url: {
      kind: 'text',
      value: 'URL',
      summary: say(
        'A URL that was presigned elsewhere; other users of this machine see it, so better give --url-file',
        '別の場所で署名した URL。このマシンの他のユーザーからも見えるため、--url-file を推奨します',
      ),
    },
    urlFile: {
      kind: 'text',
      value: 'FILE',
      complete: 'files',
      summary: say('A file with that URL (- is stdin)', 'その URL を記載したファイル (- は標準入力)'),
    },
    caFile: {
      kind: 'text',
      value: 'FILE',
      complete: 'files',
      summary: say(
        'Trust this authority, too, when the URL is tried',
        'URL を確認するときに追加で信頼する認証局の証明書',
      ),
    },
    snapshot: {
      kind: 'text',
      value: 'FILE',
      complete: 'files',
      summary: say(
        'A copy of the snapshot on this machine, to match the key to; fetched from the URL without it',
        'キーの照合に使うスナップショットのコピー。省略時は URL から取得します',
      ),
    },
    withKey: {
      kind: 'switch',
      summary: say(
        'Put the Secret with the key into the manifest, in the place of the one that was rendered',
        'キーの Secret をマニフェストに含めます (レンダリングされた Secret は置き換えます)',
      ),
    },
    ...keyFlags,
    offline: {
      kind: 'switch',
      summary: say('Do not look at the management cluster', '管理クラスターを確認しません'),
    },
  },
  examples: [
    {
      command:
        'hozon hosted-cluster restore-manifest -f rendered.yaml --location s3://backups/hosted?region=eu-central-1 --with-key --key-file prod-key.json -O restore.yaml',
      summary: say('Then: oc apply -f restore.yaml', 'この後に oc apply -f restore.yaml を実行します'),
    },
  ],
});
