import { error } from '#foundation/errors.ts';

/** What can be wrong with what is to be stored. */
export const sourcing = {
  'no-sources': error<{ readonly targets: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `nothing to store exists: ${p.targets.map(quoted).join(', ')}`,
      ja: p => `保存対象が存在しません: ${p.targets.map(quoted).join('、')}`,
    },
    hint: {
      en: () => 'Name files and directories of this machine; relative paths begin at the current directory.',
      ja: () =>
        'このマシン上のファイルまたはディレクトリーを指定してください。相対パスは現在のディレクトリーを起点とします。',
    },
  }),
};

function quoted(text: string): string {
  return JSON.stringify(text);
}
