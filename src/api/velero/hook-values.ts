import { parseDuration } from '#foundation/duration.ts';
import type { HookErrorMode } from './hooks.ts';

/** Velero's default for how long a hook may run, and what it takes a timeout of zero for. */
export const defaultHookTimeoutMs = 30_000;

/**
 * Reads a hook's timeout: `absent` (the default for running, unless told) where there is none or it is zero,
 * `undefined` where it is not a duration or is negative. What is longer than timers can be (24 days) is as long as
 * they can be. Milliseconds.
 */
export function readHookTimeout(
  text: string | undefined,
  absent: number = defaultHookTimeoutMs,
): number | undefined {
  if (text === undefined || text === '') return absent;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds < 0) return undefined;
  return milliseconds === 0 ? absent : Math.min(milliseconds, 2 ** 31 - 1);
}

/**
 * The command in an annotation: a JSON array of strings is a program with its arguments; anything else is the name of
 * a program, as it stands. Source: Velero 1.18, `internal/hook/item_hook_handler.go`.
 */
export function readHookCommand(text: string): readonly string[] {
  if (!text.startsWith('[')) return [text];
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every(word => typeof word === 'string') ? words : [text];
  } catch {
    return [text];
  }
}

export function isHookErrorMode(text: string): text is HookErrorMode {
  return text === 'Continue' || text === 'Fail';
}
