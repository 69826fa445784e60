import { type FlagSpec, say } from '../../../spec.ts';

const pattern = { kind: 'texts', value: 'PATTERN' } as const satisfies Partial<FlagSpec>;
const file = { kind: 'texts', value: 'FILE', complete: 'files' } as const satisfies Partial<FlagSpec>;
const ignoringCase = say('The same, whatever the case of letters', '同上。大文字と小文字を区別しません');
const patternFile = say('Files of patterns, one a line', 'パターンを 1 行に 1 つ記載したファイル');

/** Which paths are taken, by restic's patterns. */
export const including = {
  include: {
    ...pattern,
    short: 'i',
    summary: say('Only what matches, and what is below it', '一致するものとその下だけを対象にします'),
  },
  iinclude: { ...pattern, summary: ignoringCase },
  includeFile: { ...file, summary: patternFile },
  iincludeFile: { ...file, summary: ignoringCase },
} as const;

/** Which paths are left out, by restic's patterns. */
export const excluding = {
  exclude: { ...pattern, short: 'e', summary: say('Leave out what matches', '一致するものを除外します') },
  iexclude: { ...pattern, summary: ignoringCase },
  excludeFile: { ...file, summary: patternFile },
  iexcludeFile: { ...file, summary: ignoringCase },
} as const;
