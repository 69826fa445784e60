import { HozonError, isAbort } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { reasonOf } from '../reason.ts';
import { say } from '../spec.ts';

export type Verdict = 'ok' | 'warn' | 'fail' | 'skipped';

/** What one check found. `hint` says what to do about it. */
export interface Finding {
  /** Stable, for programs. */
  readonly check: string;
  readonly title: Message;
  readonly verdict: Verdict;
  readonly detail: Message;
  readonly hint?: Message;
}

export type Check = Pick<Finding, 'check' | 'title'>;

export function ok(check: Check, detail: Message): Finding {
  return { ...check, verdict: 'ok', detail };
}

export function warn(check: Check, detail: Message, hint: Message): Finding {
  return { ...check, verdict: 'warn', detail, hint };
}

export function fail(check: Check, detail: Message, hint: Message): Finding {
  return { ...check, verdict: 'fail', detail, hint };
}

export function skipped(check: Check, detail: Message): Finding {
  return { ...check, verdict: 'skipped', detail };
}

/** A check that failed by an error: what it says, and its own hint. An abort is thrown on. */
export function failedBy(check: Check, thrown: unknown): Finding {
  if (isAbort(thrown)) throw thrown;
  const hint =
    thrown instanceof HozonError
      ? hintOf(thrown)
      : say('Run again with -v.', '-v を付けて再実行してください。');
  return fail(check, reasonOf(thrown), hint);
}

function hintOf(thrown: HozonError): Message {
  return { en: () => thrown.hint('en'), ja: () => thrown.hint('ja') };
}
