import { defineErrors, error } from '#foundation/errors.ts';

interface AtKey {
  readonly url: string;
  readonly key: string;
}

interface Why {
  readonly url: string;
  /** What the system or the server said, in its own words; never credentials. */
  readonly reason: string;
}

const checkLocation = {
  en: () => 'Check the location with `hozon location check`.',
  ja: () => '`hozon location check` で保存先を確認してください。',
};

const area = defineErrors('storage', {
  'not-found': error<AtKey>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no object "${p.key}"`,
      ja: p => `${p.url} にオブジェクト "${p.key}" がありません`,
    },
    hint: {
      en: () => 'List what the location holds with `hozon backup get`.',
      ja: () => '`hozon backup get` で保存先の内容を確認してください。',
    },
  }),
  'already-exists': error<AtKey>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} already has an object "${p.key}"`,
      ja: p => `${p.url} にはすでにオブジェクト "${p.key}" があります`,
    },
    hint: {
      en: () => 'Choose another name, or delete what is there first.',
      ja: () => '別の名前を選ぶか、既存のものを先に削除してください。',
    },
  }),
  'key-conflict': error<AtKey>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} cannot hold "${p.key}": a part of that path is an object, or it is itself a folder`,
      ja: p =>
        `${p.url} に "${p.key}" を置けません: パスの途中がオブジェクトであるか、同名のフォルダーがあります`,
    },
    hint: {
      en: () => 'Choose another name, or delete the object that is in the way.',
      ja: () => '別の名前を選ぶか、妨げになっているオブジェクトを削除してください。',
    },
  }),
  denied: error<Why>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.url}: access was denied (${p.reason})`,
      ja: p => `${p.url}: アクセスが拒否されました (${p.reason})`,
    },
    hint: {
      en: () => 'Check the credentials and the permissions of the location; then run `hozon location check`.',
      ja: () => '保存先の資格情報と権限を確認し、`hozon location check` を実行してください。',
    },
  }),
  unavailable: error<Why>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url} could not be reached or did not answer in time (${p.reason})`,
      ja: p => `${p.url} に接続できないか、時間内に応答がありませんでした (${p.reason})`,
    },
    hint: {
      en: () =>
        'Check the network and the server, then try again; `hozon location check` shows where it fails.',
      ja: () =>
        'ネットワークとサーバーを確認して再試行してください。`hozon location check` で失敗箇所を確認できます。',
    },
  }),
  truncated: error<AtKey & { readonly expected: number; readonly received: number }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.key}" ended after ${p.received} of ${p.expected} bytes`,
      ja: p => `${p.url}: "${p.key}" は ${p.expected} バイト中 ${p.received} バイトで途切れました`,
    },
    hint: {
      en: () => 'Try again; if it ends at the same place every time, the stored object is damaged.',
      ja: () => '再試行してください。毎回同じ位置で途切れる場合は、保存されたオブジェクトが壊れています。',
    },
  }),
  corrupted: error<AtKey>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.key}" did not arrive as it was sent: its checksum differs`,
      ja: p => `${p.url}: "${p.key}" のチェックサムが一致しません。転送中または保存中に壊れました`,
    },
    hint: {
      en: () =>
        'Try again; if it stays so, the stored object is damaged and the backup must be taken from another location.',
      ja: () =>
        '再試行してください。解消しない場合は保存されたオブジェクトが壊れているため、別の保存先のバックアップを使ってください。',
    },
  }),
  changed: error<AtKey>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `${p.url}: "${p.key}" was replaced while it was read`,
      ja: p => `${p.url}: "${p.key}" は読み取り中に置き換えられました`,
    },
    hint: { en: () => 'Run the command again.', ja: () => 'コマンドをもう一度実行してください。' },
  }),
  'wrong-size': error<AtKey & { readonly expected: number; readonly received: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `"${p.key}" was announced with ${p.expected} bytes but has ${p.received}; nothing was stored in ${p.url}`,
      ja: p =>
        `"${p.key}" は ${p.expected} バイトのはずが ${p.received} バイトでした。${p.url} には保存していません`,
    },
    hint: {
      en: () => 'The source changed while it was read; run the command again.',
      ja: () => '読み取り中に元のデータが変わりました。コマンドをもう一度実行してください。',
    },
  }),
  'too-large': error<AtKey & { readonly limit: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.key}" is larger than the ${p.limit} bytes that are read of it`,
      ja: p => `${p.url}: "${p.key}" は読み取り上限の ${p.limit} バイトを超えています`,
    },
    hint: {
      en: () => 'The object is not what its name says, or was tampered with; look at it before you trust it.',
      ja: () =>
        'オブジェクトの内容が名前と一致しないか、改ざんされた可能性があります。信頼する前に確認してください。',
    },
  }),
  'invalid-key': error<{ readonly key: string; readonly reason: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${JSON.stringify(p.key)} is not a usable object key: ${p.reason}`,
      ja: p => `${JSON.stringify(p.key)} はオブジェクトキーとして使えません: ${p.reason}`,
    },
    hint: {
      en: () => 'Choose a name of letters, digits, "-" and ".".',
      ja: () => '英数字、"-"、"." からなる名前を選んでください。',
    },
  }),
  'read-only': error<{ readonly url: string }>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.url} is read-only`,
      ja: p => `${p.url} は読み取り専用です`,
    },
    hint: {
      en: () =>
        'Choose a location that may be written, or change its access mode (`accessMode: ReadWrite`; for a directory, how it is mounted).',
      ja: () =>
        '書き込み可能な保存先を選ぶか、アクセスモードを変更してください (`accessMode: ReadWrite`、ディレクトリーの場合はマウント方法)。',
    },
  }),
  'no-space': error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} has no room left (${p.reason})`,
      ja: p => `${p.url} に空き容量がありません (${p.reason})`,
    },
    hint: {
      en: () => 'Make room, raise the quota, or delete expired backups with `hozon backup delete`.',
      ja: () =>
        '空き容量を確保するか、クォータを引き上げるか、`hozon backup delete` で期限切れのバックアップを削除してください。',
    },
  }),
  locked: error<AtKey & { readonly reason: string }>({
    exit: 'locked',
    retry: 'never',
    message: {
      en: p => `${p.url}: "${p.key}" is protected by object lock (${p.reason})`,
      ja: p => `${p.url}: "${p.key}" はオブジェクトロックで保護されています (${p.reason})`,
    },
    hint: {
      en: () =>
        'Wait until its retention ends; a lock in governance mode can be lifted by who may bypass it.',
      ja: () =>
        '保持期間の終了を待ってください。ガバナンスモードのロックは、権限を持つ管理者が解除できます。',
    },
  }),
  'not-s3': error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: what answers at the endpoint is no S3 server (${p.reason})`,
      ja: p => `${p.url}: エンドポイントで応答しているのは S3 サーバーではありません (${p.reason})`,
    },
    hint: {
      en: () => "Correct the endpoint; a store's web console often has another port than its S3 API.",
      ja: () =>
        'エンドポイントを修正してください。ストアの Web コンソールは S3 API と異なるポートであることがよくあります。',
    },
  }),
  'bucket-not-found': error<{ readonly url: string; readonly bucket: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url}: there is no bucket "${p.bucket}"`,
      ja: p => `${p.url}: バケット "${p.bucket}" がありません`,
    },
    hint: {
      en: () => 'Create the bucket, or correct its name, the endpoint or the region.',
      ja: () => 'バケットを作成するか、バケット名、エンドポイント、リージョンを修正してください。',
    },
  }),
  'wrong-region': error<Why>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.url} is in another region than the one configured (${p.reason})`,
      ja: p => `${p.url} は設定と異なるリージョンにあります (${p.reason})`,
    },
    hint: {
      en: () => "Set the bucket's region (`?region=…`, or `region` in the BackupStorageLocation's config).",
      ja: () =>
        'バケットのリージョンを設定してください (`?region=…`、または BackupStorageLocation の `region`)。',
    },
  }),
  tls: error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: the server's certificate is not trusted (${p.reason})`,
      ja: p => `${p.url}: サーバー証明書を信頼できません (${p.reason})`,
    },
    hint: {
      en: () =>
        'Give the CA that signed it (`?ca=FILE`, or `caCert` of the BackupStorageLocation), and use the name that the certificate is for.',
      ja: () =>
        '署名した CA を指定し (`?ca=FILE`、または BackupStorageLocation の `caCert`)、証明書に記載された名前で接続してください。',
    },
  }),
  'no-credentials': error<Why>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.url}: no usable credentials (${p.reason})`,
      ja: p => `${p.url}: 使用できる資格情報がありません (${p.reason})`,
    },
    hint: {
      en: () =>
        'Give a credentials file or a profile (`?profile=…`), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
      ja: () =>
        '資格情報ファイルまたはプロファイル (`?profile=…`) を指定するか、環境変数 AWS_ACCESS_KEY_ID と AWS_SECRET_ACCESS_KEY を設定してください。',
    },
  }),
  unsupported: error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} cannot do what is needed (${p.reason})`,
      ja: p => `${p.url} は必要な操作に対応していません (${p.reason})`,
    },
    hint: {
      en: () => 'Use a location whose file system or server supports it.',
      ja: () => '対応しているファイルシステムまたはサーバー上の保存先を使ってください。',
    },
  }),
  failed: error<Why>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: ${p.reason}`,
      ja: p => `${p.url}: ${p.reason}`,
    },
    hint: checkLocation,
  }),
  symlink: error<AtKey>({
    exit: 'denied',
    retry: 'never',
    message: {
      en: p => `${p.url}: the path of "${p.key}" leads through a symbolic link, which is not followed`,
      ja: p => `${p.url}: "${p.key}" のパスにシンボリックリンクが含まれているため、たどりません`,
    },
    hint: {
      en: () => 'Replace the link inside the location by a real directory.',
      ja: () => '保存先の中のリンクを実際のディレクトリーに置き換えてください。',
    },
  }),
  'invalid-url': error<{ readonly reason: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `The storage location is not valid: ${p.reason}`,
      ja: p => `保存先の指定が正しくありません: ${p.reason}`,
    },
    hint: {
      en: () =>
        'Write `file:///absolute/path` or `s3://bucket/prefix?region=…&endpoint=https://…&path-style=true&profile=…&ca=/file`.',
      ja: () =>
        '`file:///absolute/path` または `s3://bucket/prefix?region=…&endpoint=https://…&path-style=true&profile=…&ca=/file` の形式で指定してください。',
    },
  }),
  'credentials-in-url': error({
    exit: 'usage',
    retry: 'never',
    message: {
      en: () =>
        'The storage location holds credentials; a URL ends up in logs and shell histories, so they are refused there',
      ja: () => '保存先の URL に資格情報が含まれています。URL はログやシェル履歴に残るため、受け付けません',
    },
    hint: {
      en: () => 'Put them into a credentials file and name its profile: `s3://bucket/prefix?profile=NAME`.',
      ja: () =>
        '資格情報ファイルに記載し、プロファイルを指定してください: `s3://bucket/prefix?profile=NAME`。',
    },
  }),
  'invalid-config': error<{ readonly reason: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `The BackupStorageLocation cannot be used: ${p.reason}`,
      ja: p => `BackupStorageLocation を使用できません: ${p.reason}`,
    },
    hint: {
      en: () => 'Correct its spec (`kubectl edit backupstoragelocation NAME`).',
      ja: () => 'spec を修正してください (`kubectl edit backupstoragelocation NAME`)。',
    },
  }),
  'unsupported-provider': error<{ readonly provider: string; readonly supported: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `The provider "${p.provider}" is not supported; supported are ${p.supported.join(', ')}`,
      ja: p =>
        `プロバイダー "${p.provider}" には対応していません。対応しているもの: ${p.supported.join(', ')}`,
    },
    hint: {
      en: () => 'Use an S3-compatible endpoint of that store with provider `aws`.',
      ja: () => 'そのストアの S3 互換エンドポイントをプロバイダー `aws` で使ってください。',
    },
  }),
});

/** What can go wrong with a storage location, and what to do then. */
export const storageErrors = area;

/** Makes one of {@link storageErrors}: `raise['not-found']({ url, key })`. */
export const raise = area.raise;
