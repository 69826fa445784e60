import { createInterface } from 'node:readline/promises';
import type { Language, Message } from '#foundation/language.ts';
import type { InputStream, OutputStream } from './context.ts';
import { cliErrors, runErrors } from './errors.ts';
import { runTexts } from './messages.ts';

interface Terminal {
  readonly language: Language;
  readonly stdin: InputStream;
  readonly err: OutputStream;
  readonly signal: AbortSignal;
}

/** Asks on the terminal and returns only after a "yes"; the question is asked on stderr, so stdout stays clean. */
export async function askToConfirm(question: Message, flag: string, terminal: Terminal): Promise<void> {
  const { language, stdin, err, signal } = terminal;
  if (stdin.isTTY !== true) throw cliErrors.raise['needs-confirmation']({ flag });
  const lines = createInterface({ input: stdin, output: err });
  try {
    err.write(`${question[language]()}\n`);
    const answer = await lines.question(runTexts.confirm[language](), { signal });
    if (answer.trim().toLowerCase() !== 'yes')
      throw runErrors.raise.cancelled({ cause: answer.trim() || '-' });
  } finally {
    lines.close();
  }
}
