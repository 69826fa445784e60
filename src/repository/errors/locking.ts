import { error } from '#foundation/errors.ts';
import type { At } from './subjects.ts';

/** What can go wrong with locks. */
export const locking = {
  locked: error<At & { readonly holder: string; readonly since: string }>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `the repository ${p.url} is locked by ${p.holder} since ${p.since}`,
      ja: p => `リポジトリー ${p.url} は ${p.holder} によって ${p.since} からロックされています`,
    },
    hint: {
      en: () => 'Wait until its holder is done; if that process is dead, `restic unlock` removes its lock.',
      ja: () =>
        '処理が終わるまでお待ちください。プロセスがすでに終了している場合は `restic unlock` でロックを解除できます。',
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
