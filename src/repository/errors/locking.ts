import { error } from '#foundation/errors.ts';
import type { At, OfFile } from './subjects.ts';

interface LockedBy extends At {
  readonly holder: string;
  readonly since: string;
  readonly exclusive: boolean;
  /** Whether the holder seems to be dead. */
  readonly stale: boolean;
}

const exclusively = {
  en: ({ exclusive }: LockedBy) => (exclusive ? ' exclusively' : ''),
  ja: ({ exclusive }: LockedBy) => (exclusive ? '排他的に' : ''),
};

/** What can go wrong with locks. */
export const locking = {
  locked: error<LockedBy>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `the repository ${p.url} is locked${exclusively.en(p)} by ${p.holder} since ${p.since}`,
      ja: p =>
        `リポジトリー ${p.url} は ${p.holder} によって ${p.since} から${exclusively.ja(p)}ロックされています`,
    },
    hint: {
      en: p =>
        p.stale
          ? 'Its holder seems to be dead. Run `hozon repo unlock` to remove such locks.'
          : 'Wait until its holder is done, or let the command wait: `--retry-lock 30m`.',
      ja: p =>
        p.stale
          ? 'ロックの所有者はすでに終了しているようです。`hozon repo unlock` でそのようなロックを削除してください。'
          : '処理が終わるまで待つか、`--retry-lock 30m` でコマンドを待機させてください。',
    },
  }),
  'lock-unreadable': error<OfFile>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `${p.url}: the lock "${p.file}" cannot be read, so nobody knows whom it is for`,
      ja: p => `${p.url}: ロック "${p.file}" を読み取れないため、所有者がわかりません`,
    },
    hint: {
      en: () =>
        'Make sure that nobody works in the repository, then remove all locks: `hozon repo unlock --remove-all`.',
      ja: () =>
        '誰もリポジトリーを使用していないことを確認し、`hozon repo unlock --remove-all` ですべてのロックを削除してください。',
    },
  }),
  'lock-lost': error<At>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the lock of the repository ${p.url} could not be renewed in time; the work was stopped`,
      ja: p => `リポジトリー ${p.url} のロックを時間内に更新できなかったため、処理を中止しました`,
    },
    hint: {
      en: () =>
        'Check that the location can be written (`hozon location check`), then run the command again.',
      ja: () =>
        '保存先に書き込めることを確認し (`hozon location check`)、コマンドをもう一度実行してください。',
    },
  }),
};
