import { type NounNode, on, say, spec } from '../../spec.ts';

const name = {
  name: 'NAME',
  required: true,
  complete: 'locations',
  summary: say('The name of the location', 'ストレージの場所の名前'),
} as const;

export const add = spec({
  name: 'add',
  summary: say('Keep a location in the configuration file', 'ストレージの場所を設定ファイルに登録します'),
  details: say(
    'The URL is file:///path, or s3://bucket/prefix. Credentials of S3 come from --credentials-file (an AWS credentials file), else from the environment as in the AWS tools.',
    'URL は file:///path または s3://bucket/prefix です。S3 の認証情報は --credentials-file (AWS の認証情報ファイル)、なければ AWS のツールと同じく環境から読み取ります。',
  ),
  arguments: [
    { name: name.name, required: true, summary: name.summary },
    { name: 'URL', required: true, summary: say('Where it is', 'ストレージの URL') },
  ],
  flags: {
    credentialsFile: {
      kind: 'text',
      value: 'FILE',
      complete: 'files',
      summary: say('An AWS credentials file', 'AWS の認証情報ファイル'),
    },
    profile: {
      kind: 'text',
      value: 'NAME',
      summary: say('The profile in that file', '使用するプロファイル'),
    },
    caFile: {
      kind: 'text',
      value: 'FILE',
      complete: 'files',
      summary: say('Certificates (PEM) to trust', '信頼する証明書 (PEM)'),
    },
    region: {
      kind: 'text',
      value: 'REGION',
      summary: say('The region of the bucket', 'バケットのリージョン'),
    },
    endpoint: {
      kind: 'text',
      value: 'URL',
      summary: say('The address of an S3 server other than AWS', 'AWS 以外の S3 サーバーのアドレス'),
    },
    pathStyle: {
      kind: 'switch',
      summary: say('Put the bucket into the path of URLs', 'バケット名を URL のパスに含めます'),
    },
    readOnly: { kind: 'switch', summary: say('Never write there', '書き込みを行いません') },
    default: { kind: 'switch', summary: say('Make it the default', '既定の場所にします') },
    replace: {
      kind: 'switch',
      summary: say('Change a location that is already there', '登録済みの場所を変更します'),
    },
  },
  examples: [
    {
      command: 'hozon location add nas file:///mnt/nas/hozon --default',
      summary: say('A directory', 'ディレクトリーを登録します'),
    },
    {
      command:
        'hozon location add minio s3://backups/prod --endpoint https://minio.example.com --path-style --credentials-file ~/.aws/credentials',
      summary: say('An S3 server of your own', '自前の S3 サーバーを登録します'),
    },
  ],
});

export const get = spec({
  name: 'get',
  aliases: ['list'],
  summary: say(
    'List the locations of the configuration file and of the cluster',
    '設定ファイルとクラスターにあるストレージの場所の一覧を表示します',
  ),
  arguments: [{ ...name, required: false }],
  flags: {},
});

export const remove = spec({
  name: 'remove',
  aliases: ['delete'],
  summary: say(
    'Forget a location of the configuration file; what is stored there stays',
    'ストレージの場所の登録を解除します。保存済みのデータは残ります',
  ),
  arguments: [name],
  flags: {},
});

export const setDefault = spec({
  name: 'default',
  summary: say(
    'Say which location is used without --location',
    '--location を省略したときに使う場所を設定します',
  ),
  arguments: [name],
  flags: {},
});

export const check = spec({
  name: 'check',
  summary: say(
    'Prove that a location can be listed, written and read',
    'ストレージの場所の一覧取得、書き込み、読み取りを確認します',
  ),
  arguments: [{ ...name, name: 'NAME|URL', required: false }],
  flags: {
    readOnly: { kind: 'switch', summary: say('Write nothing', '書き込みを行いません') },
  },
});

/** `hozon location …`. */
export const location: NounNode = {
  name: 'location',
  aliases: ['locations', 'backup-location'],
  summary: say('Where backups are kept', 'バックアップストレージの場所'),
  commands: [
    on(add, () => import('./add.ts')),
    on(get, () => import('./get.ts')),
    on(remove, () => import('./remove.ts')),
    on(setDefault, () => import('./default.ts')),
    on(check, () => import('./check.ts')),
  ],
};
