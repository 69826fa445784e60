import { spawn } from 'node:child_process';
import { errors } from '#repository/errors.ts';
import { shellWords } from './shell-words.ts';

/** Bytes of output; a password is short. */
const outputLimit = 65536;

/**
 * What a command prints, for a password: run without a shell, its stderr that of this process. Neither its words nor its
 * output are in any error, as either may be secret.
 *
 * @throws `repository.password-command`
 */
export async function outputOfCommand(line: string, signal: AbortSignal): Promise<Buffer> {
  const [program, ...words] = shellWords(line) ?? [];
  if (program === undefined) throw failure('-', 'its quotes are not closed, or it is empty');
  const child = spawn(program, words, { stdio: ['inherit', 'pipe', 'inherit'], signal });
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.once('error', cause =>
      reject(signal.aborted ? signal.reason : failure(program, cause.message, cause)),
    );
    child.once('close', (code, killer) => resolve(code === 0 ? undefined : (killer ?? `exit code ${code}`)));
  });
  const [output, problem] = await Promise.all([collect(child.stdout, program), ended]);
  if (problem !== undefined) throw failure(program, problem);
  return output;
}

async function collect(stream: AsyncIterable<Buffer>, program: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > outputLimit) throw failure(program, `more than ${outputLimit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function failure(program: string, problem: string, cause?: unknown): Error {
  return errors.raise['password-command']({ program, problem }, cause === undefined ? {} : { cause });
}
