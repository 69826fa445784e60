import { error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

interface Source {
  /** The archive's name: a backup's, a file's. */
  readonly source: string;
}

interface Member extends Source {
  /** The member's path, quoted. */
  readonly member: string;
}

interface Fault extends Source {
  readonly reason: Message;
}

interface Item {
  readonly resource: string;
  readonly key: string;
  readonly reason: Message;
}

const another = {
  en: () =>
    'Copy the archive again from where it was kept, or use another backup (`hozon backup get` lists them).',
  ja: () =>
    'アーカイブを保管元から再度コピーするか、別のバックアップを使用してください (`hozon backup get` で一覧を表示できます)。',
};

const distrust = {
  en: () =>
    'No backup tool writes such an archive: find out who changed it, and use another backup (`hozon backup get` lists them).',
  ja: () =>
    'このようなアーカイブを書き出すバックアップツールはありません。変更した人を確認し、別のバックアップを使用してください (`hozon backup get` で一覧を表示できます)。',
};

/** What can be wrong with an archive, read or written: a part of the `archive` area. */
export const archiveErrors = {
  truncated: error<Source>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} ends too early: a part of it is missing`,
      ja: p => `${p.source} のアーカイブが途中で終わっています: 一部が失われています`,
    },
    hint: another,
  }),
  'gzip-damaged': error<Source & { reason: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} is damaged: it cannot be decompressed (${p.reason})`,
      ja: p => `${p.source} のアーカイブが破損しています: 展開できません (${p.reason})`,
    },
    hint: another,
  }),
  'tar-damaged': error<Fault>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} is damaged: ${p.reason.en()}`,
      ja: p => `${p.source} のアーカイブが破損しています: ${p.reason.ja()}`,
    },
    hint: another,
  }),
  'trailing-data': error<Source>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} goes on after its end`,
      ja: p => `${p.source} のアーカイブの終端より後ろに余分なデータがあります`,
    },
    hint: another,
  }),
  'member-unsafe': error<Member>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} holds ${p.member}, a path that leads out of it or is ambiguous`,
      ja: p => `${p.source} のアーカイブに、外部を指すかあいまいなパス ${p.member} が含まれています`,
    },
    hint: distrust,
  }),
  'member-unsupported': error<Member & { what: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} holds ${p.member}, ${p.what.en()}; only plain files belong in it`,
      ja: p =>
        `${p.source} のアーカイブに ${p.what.ja()} ${p.member} が含まれています。通常のファイルのみ許可されます`,
    },
    hint: distrust,
  }),
  'member-unexpected': error<Member>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} holds ${p.member}, which is not where an item can be`,
      ja: p => `${p.source} のアーカイブに、アイテムの場所ではないパス ${p.member} が含まれています`,
    },
    hint: distrust,
  }),
  'member-duplicate': error<Member>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} holds ${p.member} twice`,
      ja: p => `${p.source} のアーカイブに ${p.member} が 2 回含まれています`,
    },
    hint: distrust,
  }),
  'too-large': error<Source & { limit: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} is larger than Hozon reads: ${p.limit.en()}`,
      ja: p => `${p.source} のアーカイブが Hozon の読み取り上限を超えています: ${p.limit.ja()}`,
    },
    hint: distrust,
  }),
  'item-invalid': error<Member>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `in the archive of ${p.source}, ${p.member} is not the JSON of a Kubernetes object`,
      ja: p => `${p.source} のアーカイブの ${p.member} は Kubernetes オブジェクトの JSON ではありません`,
    },
    hint: distrust,
  }),
  'item-mismatch': error<Member & { reason: Message }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `in the archive of ${p.source}, ${p.member} holds another object: ${p.reason.en()}`,
      ja: p => `${p.source} のアーカイブの ${p.member} に別のオブジェクトが含まれています: ${p.reason.ja()}`,
    },
    hint: distrust,
  }),
  'version-missing': error<Source>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} has no metadata/version: it is not a backup's archive`,
      ja: p =>
        `${p.source} のアーカイブに metadata/version がありません: バックアップのアーカイブではありません`,
    },
    hint: another,
  }),
  'version-unsupported': error<Source & { version: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the archive of ${p.source} has format version ${p.version}; Hozon reads version 1`,
      ja: p =>
        `${p.source} のアーカイブの形式バージョンは ${p.version} です。Hozon が読み取れるのはバージョン 1 です`,
    },
    hint: {
      en: () => 'Restore it with the newest Hozon, or with the tool that wrote it.',
      ja: () => '最新の Hozon か、このアーカイブを作成したツールで復元してください。',
    },
  }),
  'spool-failed': error<Source & { directory: string; reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the archive of ${p.source} cannot be unpacked in ${p.directory}: ${p.reason}`,
      ja: p => `${p.source} のアーカイブを ${p.directory} に展開できません: ${p.reason}`,
    },
    hint: {
      en: () => 'Free some space there, or set TMPDIR to a directory that has more, then run again.',
      ja: () =>
        'そのディレクトリーの空き容量を増やすか、TMPDIR に十分な空きのあるディレクトリーを指定して、再実行してください。',
    },
  }),
  'item-unwritable': error<Item>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.resource} ${p.key} cannot be written into an archive: ${p.reason.en()}`,
      ja: p => `${p.resource} ${p.key} をアーカイブに書き込めません: ${p.reason.ja()}`,
    },
    hint: {
      en: () => 'Leave it out (`--exclude-resources`, or the label velero.io/exclude-from-backup=true).',
      ja: () =>
        'バックアップの対象から除外してください (`--exclude-resources`、またはラベル velero.io/exclude-from-backup=true)。',
    },
  }),
  unread: error({
    exit: 'failed',
    retry: 'later',
    message: {
      en: () => 'the archive was not read to its end by what was to store it',
      ja: () => 'アーカイブの保存側が最後まで読み取らずに終了しました',
    },
    hint: {
      en: () => 'See why storing it failed, check the location with `hozon location check`, then run again.',
      ja: () =>
        '保存に失敗した理由を確認し、`hozon location check` で保存先を確認してから再実行してください。',
    },
  }),
};
