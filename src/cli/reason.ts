import { describeThrown, HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** What an error says, in both languages as far as it has them; for use inside another text. */
export function reasonOf(thrown: unknown): Message {
  if (thrown instanceof HozonError) return { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
  return { en: () => describeThrown(thrown), ja: () => describeThrown(thrown) };
}
