import { error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { RepositoryKind } from './spec.ts';

interface OfFormat {
  readonly url: string;
  /** What the repository is. */
  readonly format: RepositoryKind;
}

/** What one format of repositories has and the other has not. */
export const formatErrors = {
  'flags-of-other-format': error<OfFormat & { readonly flags: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.url} is a ${p.format} repository, for which there is no ${p.flags.join(', ')}`,
      ja: p =>
        `${p.url} は ${p.format} リポジトリーです。次のフラグは ${p.format} では使えません: ${p.flags.join(', ')}`,
    },
    hint: {
      en: p => `Leave out ${p.flags.join(', ')}; the command's --help marks the flags of one format alone.`,
      ja: p =>
        `${p.flags.join(', ')} を外してください。一方の形式だけのフラグは、コマンドの --help に形式名が示されています。`,
    },
  }),
  'not-in-format': error<OfFormat & { readonly command: string; readonly why: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p =>
        `\`hozon repo ${p.command}\` cannot be run on the ${p.format} repository ${p.url}: ${p.why.en()}`,
      ja: p =>
        `${p.format} リポジトリー ${p.url} には \`hozon repo ${p.command}\` を実行できません: ${p.why.ja()}`,
    },
    hint: {
      en: () => 'Run `hozon repo --help` to see the other commands.',
      ja: () => 'ほかのコマンドは `hozon repo --help` で確認してください。',
    },
  }),
  'two-formats': error<{ readonly url: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `${p.url} holds both a restic repository ("config") and a kopia repository ("kopia.repository"), so which one is meant cannot be told`,
      ja: p =>
        `${p.url} には restic リポジトリー ("config") と kopia リポジトリー ("kopia.repository") の両方があるため、どちらを使うか判断できません`,
    },
    hint: {
      en: () => 'Move one of them to a prefix of its own with the tools of the store.',
      ja: () => 'ストレージのツールで、一方を別のプレフィックスに移してください。',
    },
  }),
};
