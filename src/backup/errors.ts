import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** What can go wrong when a backup is made; what only costs parts of it is a finding of its report instead. */
export const errors = defineErrors('backup', {
  invalid: error<{ name: string; problems: readonly Message[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `backup ${p.name} cannot be made as asked: ${p.problems.map(each => each.en()).join('; ')}`,
      ja: p =>
        `バックアップ ${p.name} は指定された内容では作成できません: ${p.problems.map(each => each.ja()).join('、')}`,
    },
    hint: {
      en: () =>
        'Correct what is named and run again; nothing has been touched. `kubectl api-resources` lists the resources of the cluster.',
      ja: () =>
        '示された箇所を修正して再実行してください。変更は行われていません。クラスターのリソースは `kubectl api-resources` で確認できます。',
    },
  }),
  'not-removed': error<{ name: string; failure: string; reason: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p =>
        `backup ${p.name} failed (${p.failure}), and what it had written could not be removed: ${p.reason}`,
      ja: p =>
        `バックアップ ${p.name} が失敗し (${p.failure})、書き込まれたデータも削除できませんでした: ${p.reason}`,
    },
    hint: {
      en: () =>
        'It is not listed as a backup. The next backup into this location removes what was left; nothing has to be done by hand.',
      ja: () =>
        'このバックアップは一覧に表示されません。残ったデータは、このロケーションへの次回のバックアップ時に削除されます。手動での作業は不要です。',
    },
  }),
  'left-quiesced': error<{ failures: readonly { readonly pod: string; readonly text: Message }[] }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `the backup ended early and post hooks failed, so applications may still be quiesced: ${p.failures.map(each => `pod ${each.pod}: ${each.text.en()}`).join('; ')}`,
      ja: p =>
        `バックアップが途中で終了し、post フックも失敗したため、アプリケーションが静止状態のままの可能性があります: ${p.failures.map(each => `Pod ${each.pod}: ${each.text.ja()}`).join('、')}`,
    },
    hint: {
      en: () =>
        'Run the post hook by hand in each pod that is named (`kubectl exec`), and check that its application writes again.',
      ja: () =>
        '示された各 Pod で post フックのコマンドを手動で実行し (`kubectl exec`)、アプリケーションの書き込みが再開したことを確認してください。',
    },
  }),
});

export const { raise } = errors;
