import { error } from '#foundation/errors.ts';
import type { Why } from './subjects.ts';

/** What keeps an S3 server from serving a location. */
export const connecting = {
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
};
