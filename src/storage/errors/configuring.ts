import { error } from '#foundation/errors.ts';

/** What can be wrong with how a location is named or configured. */
export const configuring = {
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
};
