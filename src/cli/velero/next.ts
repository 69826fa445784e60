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

/** What to run next, for stderr. */
export function nextNote(purpose: Message, words: string, context: Pick<Context, 'globals'>): Message {
  const command = nextCommand(words, context);
  return say(`${purpose.en()}: ${command}`, `${purpose.ja()}: ${command}`);
}

/** As a shell reads it back. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
