/**
 * What a user reads is a {@link Message}: one text a language, with the same parameters in each, so that
 * a missing translation or a misspelt parameter is a type error.
 *
 * Logs, and what is stored in an object store, are English in every locale: they are read by other programs
 * and by people who did not choose the writer's language.
 */
export type Language = 'en' | 'ja';

/** A text in every language. Parameters arrive as one object, so that each language orders them as it needs. */
export interface Message<P = void> {
  readonly en: (params: P) => string;
  readonly ja: (params: P) => string;
}

/** Declares a message; exists so that its parameters are written once: `message<{ name: string }>({ en, ja })`. */
export function message<P = void>(texts: Message<P>): Message<P> {
  return texts;
}

/** A text without parameters, in both languages. */
export function say(en: string, ja: string): Message {
  return { en: () => en, ja: () => ja };
}

/** The language that the locale variables ask for, in their POSIX order (LC_ALL, LC_MESSAGES, LANG); English otherwise. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env['HOZON_LANG'] || env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^ja\b|^ja_/i.test(locale) ? 'ja' : 'en';
}
