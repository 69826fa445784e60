import { say } from '../../spec.ts';

/** What became of a snapshot that has no new id. */
export const rewriteTexts = {
  would: say('(a new one)', '(新規作成)'),
  same: say('(unchanged)', '(変更なし)'),
};
