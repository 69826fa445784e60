import { error } from '#foundation/errors.ts';

/** What can be wrong with where a snapshot is to be restored to. */
export const restoring = {
  'restore-target': error<{ readonly path: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.path} cannot be restored into: it is no directory that can be opened`,
      ja: p => `${p.path} には復元できません。開くことのできるディレクトリーではありません`,
    },
    hint: {
      en: () => 'Name a directory that you may write to, or one that can be made: `--target DIR`.',
      ja: () => '書き込み可能な、または作成可能なディレクトリーを指定してください: `--target DIR`。',
    },
  }),
  'restore-system': error<{ readonly system: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `directories can be restored on Linux only, and this is ${p.system}`,
      ja: p => `ディレクトリーの復元は Linux でのみ行えます (このシステムは ${p.system} です)`,
    },
    hint: {
      en: () =>
        'Run `hozon repo restore` on a Linux host; `hozon repo dump` writes single files on any system.',
      ja: () =>
        'Linux ホストで `hozon repo restore` を実行してください。`hozon repo dump` はどのシステムでも個々のファイルを出力できます。',
    },
  }),
};
