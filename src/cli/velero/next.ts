import type { Message } from '#foundation/language.ts';
import type { Context } from '../context.ts';
import { say } from '../spec.ts';

/** A command that a person can run as it stands: the location and the cluster are those of this run. */
export function nextCommand(words: string, { globals }: Pick<Context, 'globals'>): string {
  const { location, kubeconfig, context, namespace } = globals;
  const flags = Object.entries({ location, kubeconfig, context, namespace }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag} ${quoted(value)}`],
  );
  return ['hozon', words, ...flags].join(' ');
}

/** What to run next, and what for. */
export interface Next {
  readonly purpose: Message;
  readonly words: string;
}

/** Notes of what to run next; none for a person who wants no remarks. */
export function nextNotes(context: Pick<Context, 'globals'>, ...next: readonly Next[]): Message[] {
  if (context.globals.quiet === true) return [];
  return next.map(({ purpose, words }) => {
    const command = nextCommand(words, context);
    return say(`${purpose.en()}: ${command}`, `${purpose.ja()}: ${command}`);
  });
}

/** As a shell reads it back. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
