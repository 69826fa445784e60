import { isAbort } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { reasonOf } from '../reason.ts';
import { say } from '../spec.ts';

export interface Gathered<T> {
  /** What could be had. */
  readonly parts: Partial<T>;
  /** What could not, and why. */
  readonly notes: readonly Message[];
}

/** Waits for parts of one description; one that cannot be had becomes a note, so that the others are still shown. */
export async function gathered<T extends object>(
  promises: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<Gathered<T>> {
  const entries = Object.entries<Promise<unknown>>(promises);
  const settled = await Promise.allSettled(entries.map(([, promise]) => promise));
  const parts: Record<string, unknown> = {};
  const notes: Message[] = [];
  for (const [at, result] of settled.entries()) {
    if (result.status === 'fulfilled') parts[entries[at]?.[0] ?? ''] = result.value;
    else if (isAbort(result.reason)) throw result.reason;
    else notes.push(noteOf(result.reason));
  }
  return { parts: parts as Partial<T>, notes };
}

function noteOf(reason: unknown): Message {
  const text = reasonOf(reason);
  return say(`Note: not everything is shown: ${text.en()}`, `注: 一部の情報を表示できません: ${text.ja()}`);
}
