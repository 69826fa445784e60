import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** What can go wrong with a restore as a whole. What goes wrong with one object is in its report. */
export const errors = defineErrors('restore', {
  invalid: error<{ name: string; problems: readonly Message[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `restore ${p.name} cannot be run as asked: ${p.problems.map(each => each.en()).join('; ')}`,
      ja: p =>
        `復元 ${p.name} は指定された内容では実行できません: ${p.problems.map(each => each.ja()).join('、')}`,
    },
    hint: {
      en: () =>
        'Nothing was touched. Correct what is listed and run it again; `hozon restore create --help` shows the flags.',
      ja: () =>
        '何も変更していません。上記を修正して再実行してください。フラグは `hozon restore create --help` で確認できます。',
    },
  }),
  'plan-unreadable': error<{ source: string; problem: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.source} is not a plan of a restore: ${p.problem}`,
      ja: p => `${p.source} は復元の計画ではありません: ${p.problem}`,
    },
    hint: {
      en: () => 'Nothing was touched. Make one with `hozon restore plan NAME --from-backup BACKUP -o json`.',
      ja: () =>
        '何も変更していません。計画は `hozon restore plan NAME --from-backup BACKUP -o json` で作成できます。',
    },
  }),
  'plan-backup-replaced': error<{ backup: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the backup ${p.backup} does not hold what it held when the plan was made`,
      ja: p => `バックアップ ${p.backup} の内容が計画の作成時から変わっています`,
    },
    hint: {
      en: () => 'Nothing was touched. Make a new plan with `hozon restore plan` and review it.',
      ja: () => '何も変更していません。`hozon restore plan` で計画を作り直し、内容を確認してください。',
    },
  }),
  'plan-outdated': error<{ objects: readonly Message[]; more: number }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `the plan no longer holds: ${p.objects.map(each => each.en()).join('; ')}${p.more > 0 ? `; and ${p.more} more` : ''}`,
      ja: p =>
        `計画は現在の状態に合っていません: ${p.objects.map(each => each.ja()).join('、')}${p.more > 0 ? `、他 ${p.more} 件` : ''}`,
    },
    hint: {
      en: () => 'Nothing was touched. Make a new plan with `hozon restore plan` and review it.',
      ja: () => '何も変更していません。`hozon restore plan` で計画を作り直し、内容を確認してください。',
    },
  }),
  'backup-not-whole': error<{ backup: string; phase: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the backup ${p.backup} is in phase ${p.phase}: it does not hold what it was meant to hold`,
      ja: p =>
        `バックアップ ${p.backup} のフェーズは ${p.phase} です。本来含まれるべき内容がそろっていません`,
    },
    hint: {
      en: p =>
        `Choose a backup that is Completed or PartiallyFailed (\`hozon backup get\`); \`hozon backup logs ${p.backup}\` tells what happened to this one.`,
      ja: p =>
        `Completed または PartiallyFailed のバックアップを選択してください (\`hozon backup get\`)。このバックアップの経過は \`hozon backup logs ${p.backup}\` で確認できます。`,
    },
  }),
});

/** The factories of {@link errors}: `raise.invalid({ … })`. */
export const { raise } = errors;
