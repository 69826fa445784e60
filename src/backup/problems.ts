import type { GlobProblem } from '#foundation/glob.ts';
import type { Message } from '#foundation/language.ts';

/** What makes a Backup invalid. Each names the field that is to be mended. */
type Problem = Message;

const say = (en: string, ja: string): Problem => ({ en: () => en, ja: () => ja });

export const badName = (name: string): Problem =>
  say(
    `metadata.name: ${JSON.stringify(name)} is not a name (lower-case letters, digits, "-" and ".", at most 253 characters)`,
    `metadata.name: ${JSON.stringify(name)} は名前として使用できません (英小文字、数字、「-」、「.」で 253 文字以内)`,
  );

export const badDuration = (field: string, text: string): Problem =>
  say(
    `spec.${field}: ${JSON.stringify(text)} is not a positive duration such as 720h`,
    `spec.${field}: ${JSON.stringify(text)} は正の期間ではありません (例: 720h)`,
  );

export const mixedFilters = (old: readonly string[], scoped: readonly string[]): Problem =>
  say(
    `spec: ${old.join(', ')} cannot be used together with ${scoped.join(', ')}`,
    `spec: ${old.join('、')} と ${scoped.join('、')} は同時に指定できません`,
  );

export const starNotAlone = (field: string): Problem =>
  say(
    `spec.${field}: "*" must be the only entry`,
    `spec.${field}: 「*」を指定する場合、他の値は指定できません`,
  );

export const starExcluded = (field: string): Problem =>
  say(`spec.${field}: "*" cannot be excluded`, `spec.${field}: 「*」は除外に指定できません`);

export const includedBesideStar = (included: string, excluded: string): Problem =>
  say(
    `spec.${included}: nothing can be included while spec.${excluded} is "*"`,
    `spec.${included}: spec.${excluded} が「*」のときは何も指定できません`,
  );

export const bothLists = (included: string, excluded: string, entry: string): Problem =>
  say(
    `spec.${excluded}: ${JSON.stringify(entry)} is also in spec.${included}`,
    `spec.${excluded}: ${JSON.stringify(entry)} は spec.${included} にも指定されています`,
  );

export const badNamespace = (field: string, name: string): Problem =>
  say(
    `spec.${field}: ${JSON.stringify(name)} is neither a namespace's name nor a pattern of one`,
    `spec.${field}: ${JSON.stringify(name)} は namespace 名でもパターンでもありません`,
  );

const globReasons: Readonly<Record<GlobProblem, Problem>> = {
  unsupported: say(
    'only *, ? and [abc] or [a-z] are understood',
    '使用できるのは *、?、[abc]、[a-z] だけです',
  ),
  'consecutive-asterisks': say('write one *, not several', '* を続けて書くことはできません'),
  'empty-class': say('[] is empty', '[] の中が空です'),
  unbalanced: say('a bracket has no counterpart', '括弧の対応がとれていません'),
  'bad-range': say('a range runs backwards', '範囲の順序が逆です'),
};

export const badPattern = (field: string, pattern: string, problem: GlobProblem): Problem => ({
  en: () =>
    `spec.${field}: ${JSON.stringify(pattern)} is not a pattern of names: ${globReasons[problem].en()}`,
  ja: () =>
    `spec.${field}: ${JSON.stringify(pattern)} はパターンとして正しくありません: ${globReasons[problem].ja()}`,
});

export const bothSelectors: Problem = say(
  'spec: labelSelector and orLabelSelectors cannot be used together',
  'spec: labelSelector と orLabelSelectors は同時に指定できません',
);

export const badSelector = (field: string, reason: { en: string; ja: string }): Problem =>
  say(`spec.${field}: ${reason.en}`, `spec.${field}: ${reason.ja}`);

export const unknownResource = (field: string, name: string, unavailable?: string): Problem =>
  unavailable === undefined
    ? say(
        `spec.${field}: the cluster has no resource ${JSON.stringify(name)}`,
        `spec.${field}: リソース ${JSON.stringify(name)} はクラスターにありません`,
      )
    : say(
        `spec.${field}: the cluster does not tell of a resource ${JSON.stringify(name)} (${unavailable})`,
        `spec.${field}: リソース ${JSON.stringify(name)} の情報を取得できません (${unavailable})`,
      );

export const wrongScope = (field: string, name: string, namespaced: boolean): Problem =>
  say(
    `spec.${field}: ${name} is ${namespaced ? 'namespace' : 'cluster'}-scoped and belongs in the other list`,
    `spec.${field}: ${name} は${namespaced ? ' namespace ' : 'クラスター'}スコープのため、もう一方のリストに指定してください`,
  );

export const badOrder = (resource: string, entry: string, namespaced: boolean): Problem =>
  say(
    `spec.orderedResources.${resource}: ${JSON.stringify(entry)} is not ${namespaced ? 'NAMESPACE/NAME' : 'the name of a cluster-scoped object'}`,
    `spec.orderedResources.${resource}: ${JSON.stringify(entry)} は ${namespaced ? 'NAMESPACE/NAME の形式' : 'クラスタースコープのオブジェクト名'}ではありません`,
  );
