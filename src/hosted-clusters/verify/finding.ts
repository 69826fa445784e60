import type { Message } from '#foundation/language.ts';

/**
 * Something about a hosted cluster that somebody should know. `unsound`: it must not be used like this; `unknown`: it could not be looked
 * at; `note`: good to know.
 */
export interface SoundnessFinding {
  readonly severity: 'unsound' | 'unknown' | 'note';
  /** For programs: never changes its meaning. */
  readonly code: string;
  readonly text: Message;
}

export function unsound(code: string, text: Message): SoundnessFinding {
  return { severity: 'unsound', code, text };
}

export function unknown(code: string, text: Message): SoundnessFinding {
  return { severity: 'unknown', code, text };
}

export function remark(code: string, text: Message): SoundnessFinding {
  return { severity: 'note', code, text };
}
