import { readFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { cliErrors } from '../errors.ts';

/** More than the plan of any backup has. Bytes. */
const largest = 512 * 1024 * 1024;

/** The text of a file, or of stdin (`-`). Throws `cli.input-unreadable`. */
export async function readInput(
  path: string,
  { stdin, signal }: Pick<Context, 'stdin' | 'signal'>,
): Promise<string> {
  const source = path === '-' ? 'stdin' : path;
  try {
    const bytes =
      path === '-' ? await allOf(stdin as AsyncIterable<Buffer>, signal) : await readFile(path, { signal });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    signal.throwIfAborted();
    throw cliErrors.raise['input-unreadable']({ source }, { cause: thrown });
  }
}

async function allOf(stream: AsyncIterable<Buffer | string>, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    signal.throwIfAborted();
    const bytes = Buffer.from(chunk as Buffer);
    size += bytes.length;
    if (size > largest) throw new Error(`more than ${largest} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
