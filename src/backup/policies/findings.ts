import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { type Language, type Message, say } from '#foundation/language.ts';

/** What a run notices about its resource policy and goes on in spite of. */

export const typeLeftOut = (field: string, type: string): Message =>
  say(
    `spec.${field}: the filter has no effect, since the backup leaves out ${type} altogether`,
    `spec.${field}: ${type} はバックアップの対象外のため、このフィルターは適用されません`,
  );

export const namespacesByName = (field: string): Message =>
  say(
    `spec.${field}: namespaces are filtered by their names only; the selectors beside it have no effect on them`,
    `spec.${field}: namespace には名前のフィルターだけが適用されます。セレクターは適用されません`,
  );

export const notJudged = (thrown: unknown): Message => ({
  en: () =>
    `the object could not be read, so that volume policies were applied without knowing it: ${reasonOf(thrown, 'en')}`,
  ja: () =>
    `オブジェクトを読み取れなかったため、その内容を参照せずにボリュームポリシーを適用しました: ${reasonOf(thrown, 'ja')}`,
});

function reasonOf(thrown: unknown, language: Language): string {
  return isHozonError(thrown) ? thrown.explain(language) : describeThrown(thrown);
}
