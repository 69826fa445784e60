import { error } from '#foundation/errors.ts';
import type { At, OfFile } from './subjects.ts';

/** What can go wrong with a kopia repository alone. */
export const kopia = {
  'kopia-not-found': error<At>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} holds no kopia repository: it has no blob "kopia.repository"`,
      ja: p => `${p.url} に kopia リポジトリーがありません: ブロブ "kopia.repository" が存在しません`,
    },
    hint: {
      en: () =>
        'Correct the URL or the prefix of the repository. A prefix that kopia was given without a final "/" is part of every name.',
      ja: () =>
        'リポジトリーの URL またはプレフィックスを確認してください。末尾に "/" を付けずに kopia に指定したプレフィックスは、すべての名前の一部になります。',
    },
  }),
  'kopia-exists': error<OfFile>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url} is not empty, so no kopia repository can be made there: it holds "${p.file}"`,
      ja: p => `${p.url} は空ではないため、kopia リポジトリーを作成できません: "${p.file}" があります`,
    },
    hint: {
      en: () => 'Use the repository that is there, or choose another URL or prefix.',
      ja: () => '既存のリポジトリーを使用するか、別の URL またはプレフィックスを選んでください。',
    },
  }),
  'kopia-feature': error<At & { readonly feature: string; readonly advice: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p =>
        `the repository ${p.url} requires the feature "${p.feature}", which Hozon does not know${p.advice === '' ? '' : `: ${p.advice}`}`,
      ja: p =>
        `リポジトリー ${p.url} は Hozon が対応していない機能 "${p.feature}" を必要とします${p.advice === '' ? '' : `: ${p.advice}`}`,
    },
    hint: {
      en: () => 'Use the version of kopia that the repository was upgraded with, or a newer Hozon.',
      ja: () =>
        'リポジトリーのアップグレードに使用したバージョンの kopia、または新しい Hozon を使用してください。',
    },
  }),
  'kopia-upgrading': error<At & { readonly owner: string; readonly message: string }>({
    exit: 'failed',
    retry: 'later',
    message: {
      en: p => `the repository ${p.url} is being upgraded by ${p.owner}: ${p.message}`,
      ja: p => `リポジトリー ${p.url} は ${p.owner} がアップグレード中です: ${p.message}`,
    },
    hint: {
      en: () =>
        'Wait until the upgrade has ended. One that was given up is undone with `kopia repository upgrade rollback`.',
      ja: () =>
        'アップグレードの完了を待ってください。放棄されたアップグレードは `kopia repository upgrade rollback` で取り消せます。',
    },
  }),
  'kopia-unsupported': error<At & { readonly what: string; readonly name: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `the repository ${p.url} has the ${p.what} "${p.name}", which Hozon does not know`,
      ja: p => `リポジトリー ${p.url} の ${p.what} "${p.name}" に Hozon は対応していません`,
    },
    hint: {
      en: () => 'Use the version of kopia that made the repository, or a newer Hozon.',
      ja: () => 'リポジトリーを作成したバージョンの kopia、または新しい Hozon を使用してください。',
    },
  }),
  'kopia-content-missing': error<At & { readonly id: string }>({
    exit: 'failed',
    retry: 'never',
    message: {
      en: p => `${p.url}: no index names the content ${p.id}`,
      ja: p => `${p.url}: コンテンツ ${p.id} がどのインデックスにもありません`,
    },
    hint: {
      en: () => 'Run `hozon repo repair index` on the repository; it finds contents whose index is lost.',
      ja: () =>
        'リポジトリーに対して `hozon repo repair index` を実行してください。インデックスを失ったコンテンツを検出できます。',
    },
  }),
  'policy-member': error<{ readonly member: string; readonly known: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `policies of kopia have no member "${p.member}" that can be changed`,
      ja: p => `kopia のポリシーに、変更できる項目 "${p.member}" はありません`,
    },
    hint: {
      en: p => `Members are ${p.known.join(', ')}.`,
      ja: p => `指定できる項目は ${p.known.join('、')} です。`,
    },
  }),
  'policy-value': error<{ readonly member: string; readonly given: string; readonly expected: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `"${p.given}" does not fit the member ${p.member} of a policy`,
      ja: p => `"${p.given}" はポリシーの項目 ${p.member} に指定できません`,
    },
    hint: {
      en: p => `Expected: ${p.expected}.`,
      ja: p => `指定できる値: ${p.expected}`,
    },
  }),
  'policy-target': error<{ readonly target: string }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `"${p.target}" is nothing that a policy can be for`,
      ja: p => `"${p.target}" はポリシーの対象として正しくありません`,
    },
    hint: {
      en: () => 'Name global, @HOST, USER@HOST, USER@HOST:PATH or a path, without a final slash.',
      ja: () =>
        'global、@HOST、USER@HOST、USER@HOST:PATH、または末尾にスラッシュのないパスを指定してください。',
    },
  }),
  'policy-missing': error<At & { readonly target: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.url} has no policy for ${p.target}`,
      ja: p => `${p.url} に ${p.target} のポリシーがありません`,
    },
    hint: {
      en: () => 'See what there is with `hozon repo policy list`.',
      ja: () => '定義済みのポリシーは `hozon repo policy list` で確認できます。',
    },
  }),
};
