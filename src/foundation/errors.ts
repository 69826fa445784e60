import { inspect } from 'node:util';
import type { Language, Message } from './language.ts';

/**
 * Process exit codes, stable since the first release. `partial` means that something was done and something
 * was not; everything else means that the command did not do what was asked.
 */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  'not-found': 10,
  locked: 11,
  denied: 12,
  cancelled: 130,
} as const;

export type ExitName = Exclude<keyof typeof exitCodes, 'ok'>;

/** Whether trying the same thing again can help: `never`, or `later` (a fault that may pass). */
export type Retry = 'never' | 'later';

/** One entry of an area's error catalogue. The hint says what to do or which command to run next. */
export interface ErrorDefinition<P> {
  readonly exit: ExitName;
  readonly retry: Retry;
  readonly message: Message<P>;
  readonly hint: Message<P>;
}

/** Declares an error; exists so that its parameters are written once: `error<{ key: string }>({ … })`. */
export function error<P = void>(definition: ErrorDefinition<P>): ErrorDefinition<P> {
  return definition;
}

export interface ErrorContext {
  readonly cause?: unknown;
}

type AnyDefinition = ErrorDefinition<never>;
type ParamsOf<D> = D extends ErrorDefinition<infer P> ? P : never;
type Arguments<P> = [P] extends [void]
  ? [params?: undefined, context?: ErrorContext]
  : [params: P, context?: ErrorContext];

type Factories<D extends Record<string, AnyDefinition>> = {
  readonly [K in keyof D]: (...args: Arguments<ParamsOf<D[K]>>) => HozonError;
};

/** An area's errors: `errors.raise['not-found']({ key })` makes one, `errors.definitions` documents them. */
export interface ErrorArea<D extends Record<string, AnyDefinition> = Record<string, AnyDefinition>> {
  readonly area: string;
  readonly definitions: D;
  readonly raise: Factories<D>;
}

/**
 * An error that a person is meant to read: a stable code (`area.name`), what failed and on what, what to run
 * next, and whether trying again can help. Programmer errors stay plain `Error`s.
 */
export class HozonError extends Error {
  override readonly name = 'HozonError';
  readonly code: string;
  readonly exit: ExitName;
  readonly retry: Retry;
  readonly #message: (language: Language) => string;
  readonly #hint: (language: Language) => string;

  constructor(code: string, definition: AnyDefinition, params: unknown, context: ErrorContext = {}) {
    const say = (text: Message<never>) => (language: Language) => text[language](params as never);
    super(say(definition.message)('en'), context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.exit = definition.exit;
    this.retry = definition.retry;
    this.#message = say(definition.message);
    this.#hint = say(definition.hint);
  }

  /** What failed, in the reader's language. */
  explain(language: Language): string {
    return this.#message(language);
  }

  /** What to do next, in the reader's language. */
  hint(language: Language = 'en'): string {
    return this.#hint(language);
  }
}

/** Declares an area's error catalogue. Codes are `<area>.<name>` and never change their meaning. */
export function defineErrors<const D extends Record<string, AnyDefinition>>(
  area: string,
  definitions: D,
): ErrorArea<D> {
  const raise = Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      (params?: unknown, context?: ErrorContext) =>
        new HozonError(`${area}.${name}`, definition, params, context),
    ]),
  ) as unknown as Factories<D>;
  return { area, definitions, raise };
}

/** Whether `thrown` is a HozonError, of the given code if one is named. */
export function isHozonError(thrown: unknown, code?: string): thrown is HozonError {
  return thrown instanceof HozonError && (code === undefined || thrown.code === code);
}

/** The text of anything that was thrown, its causes behind it: for logs and for findings about one object. */
export function describeThrown(thrown: unknown): string {
  const texts: string[] = [];
  for (let at: unknown = thrown; at !== undefined && at !== null && texts.length < 8; ) {
    const text = at instanceof Error ? at.message || at.name : inspect(at);
    if (texts.at(-1)?.includes(text) !== true) texts.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return texts.join(': ');
}

/** Whether `thrown` is the outcome of an AbortSignal rather than a fault. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || isHozonError(thrown, 'run.cancelled'));
}
