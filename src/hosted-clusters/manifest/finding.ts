import type { Message } from '#foundation/language.ts';

/**
 * Something about a restore of a hosted cluster that somebody should know. `blocking`: it cannot succeed like this; `warning`: it may
 * not; `note`: good to know.
 */
export interface RestoreFinding {
  readonly severity: 'blocking' | 'warning' | 'note';
  /** For programs: never changes its meaning. */
  readonly code: string;
  readonly text: Message;
}

export function blocking(code: string, text: Message): RestoreFinding {
  return { severity: 'blocking', code, text };
}

export function warning(code: string, text: Message): RestoreFinding {
  return { severity: 'warning', code, text };
}

export function remark(code: string, text: Message): RestoreFinding {
  return { severity: 'note', code, text };
}
