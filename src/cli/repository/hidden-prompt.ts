import { StringDecoder } from 'node:string_decoder';
import type { Language, Message } from '#foundation/language.ts';
import type { InputStream, OutputStream } from '../context.ts';
import { runErrors } from '../errors.ts';

interface Terminal {
  readonly language: Language;
  readonly stdin: InputStream & { setRawMode?: (raw: boolean) => unknown };
  readonly err: OutputStream;
  readonly signal: AbortSignal;
}

/**
 * Asks on stderr and reads a line from the terminal without showing it. `undefined` where stdin is no terminal that can
 * hide what is typed.
 *
 * @throws `run.cancelled` for Ctrl-C and Ctrl-D, and the signal's reason
 */
export async function askHidden(question: Message, terminal: Terminal): Promise<string | undefined> {
  const { stdin, err, language, signal } = terminal;
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) return undefined;
  signal.throwIfAborted();
  err.write(question[language]());
  stdin.setRawMode(true);
  try {
    return await readLine(stdin, signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    err.write('\n');
  }
}

const [interrupt, endOfInput, backspace, deleted, eraseLine] = ['\u0003', '\u0004', '\b', '\u007f', '\u0015'];

function readLine(stdin: InputStream, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const decoder = new StringDecoder('utf8');
  let letters: string[] = [];
  const onAbort = (): void => reject(signal.reason);
  const onEnd = (): void => reject(runErrors.raise.cancelled({ cause: 'end of input' }));
  const onData = (bytes: Buffer | string): void => {
    for (const letter of typeof bytes === 'string' ? bytes : decoder.write(bytes)) {
      if (letter === '\r' || letter === '\n') resolve(letters.join(''));
      else if (letter === interrupt || letter === endOfInput) {
        reject(runErrors.raise.cancelled({ cause: letter === interrupt ? 'Ctrl-C' : 'Ctrl-D' }));
      } else if (letter === eraseLine) letters = [];
      else if (letter === backspace || letter === deleted) letters.pop();
      else letters.push(letter);
    }
  };
  stdin.on('data', onData).on('end', onEnd);
  signal.addEventListener('abort', onAbort);
  stdin.resume();
  return promise.finally(() => {
    stdin.removeListener('data', onData).removeListener('end', onEnd);
    signal.removeEventListener('abort', onAbort);
  });
}
