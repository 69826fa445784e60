import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** What can go wrong with a procedure as such; what goes wrong in a step is that step's own error. */
export const errors = defineErrors('steps', {
  locked: error<{ what: Message; who: string; since: string }>({
    exit: 'locked',
    retry: 'later',
    message: {
      en: p => `${p.what.en()} is being worked on by ${p.who} since ${p.since}`,
      ja: p => `${p.what.ja()} は ${p.who} が ${p.since} から処理中です`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Wait for its end. If that run is dead, run the command again a little later: a lock that is not renewed is taken over.',
      ja: () =>
        '何も変更していません。処理の終了を待ってください。その処理が停止している場合は、しばらくしてから再実行してください。更新されないロックは引き継がれます。',
    },
  }),
  'lock-lost': error<{ what: Message; reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the lock on ${p.what.en()} was lost: ${p.reason.en()}`,
      ja: p => `${p.what.ja()} のロックを失いました: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'This run stopped where it was and took nothing back, since another one may be at work. Run the command again: it goes on from the journal, or says who is at work.',
      ja: () =>
        'ほかの処理が実行中の可能性があるため、途中で停止し、変更は元に戻していません。コマンドを再実行すると、ジャーナルから続行するか、実行中の処理を表示します。',
    },
  }),
  unproven: error<{ step: Message; reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `“${p.step.en()}” was done, but is not so: ${p.reason.en()}`,
      ja: p => `「${p.step.ja()}」を実行しましたが、結果を確認できません: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Something else changes the same objects at the same time; find out what, then run the command again.',
      ja: () => '同じオブジェクトをほかの処理が変更しています。原因を確認してから再実行してください。',
    },
  }),
  'undo-failed': error<{ step: Message; command: string | undefined; reason: Message }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `“${p.step.en()}” failed: ${p.reason.en()}. What comes before it was not taken back either`,
      ja: p => `「${p.step.ja()}」に失敗しました: ${p.reason.ja()}。それより前の変更も元に戻していません`,
    },
    hint: {
      en: p =>
        `The journal knows what was there before: once the cause is gone, undo again.${p.command === undefined ? '' : ` By hand: ${p.command}`}`,
      ja: p =>
        `変更前の状態はジャーナルに残っています。原因を取り除いてから、もう一度元に戻す操作を実行してください。${p.command === undefined ? '' : `手動で行う場合: ${p.command}`}`,
    },
  }),
  'foreign-journal': error<{ found: string; wanted: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `the journal is of something that this release does not know here: ${p.found}, not ${p.wanted}`,
      ja: p => `ジャーナルの内容がこのリリースの処理と一致しません: ${p.found} (想定: ${p.wanted})`,
    },
    hint: {
      en: () => 'Nothing was touched. Finish or undo it with the release of Hozon that began it.',
      ja: () => '何も変更していません。処理を開始したリリースの Hozon で完了するか、元に戻してください。',
    },
  }),
});

/** The factories of {@link errors}: `raise.locked({ … })`. */
export const { raise } = errors;
