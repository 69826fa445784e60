import type { Message } from '#foundation/language.ts';

/** What is said of related items that could not be found out. */
export const relatedTexts = {
  unlisted: ({ resource, reason }: { resource: string; reason: string }): Message => ({
    en: () =>
      `${resource} could not be listed, so those that name service accounts are not in the backup: ${reason}`,
    ja: () =>
      `${resource} の一覧を取得できないため、サービスアカウントを参照するものはバックアップに含まれません: ${reason}`,
  }),
};
