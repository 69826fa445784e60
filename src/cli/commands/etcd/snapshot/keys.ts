import { isKeyIn } from '#etcd/objects/snapshot-reader.ts';
import { listKeys } from '#etcd/snapshot/key-list.ts';
import { Records } from '#etcd/snapshot/records.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { byteStream, type Outcome } from '../../../output/outcome.ts';
import { isPlainAscii, printable } from '../../../output/style.ts';
import { openSnapshot } from './open.ts';

interface KeysFlags {
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
  readonly revision?: number | undefined;
}

/** Every key, one a line. @throws `cli.conflicting-flags` for what only a look at the values could tell */
export async function keysOf(
  file: string,
  word: string | undefined,
  { namespace, selector, revision }: KeysFlags,
  context: Context,
): Promise<Outcome> {
  const others = [...(word === undefined ? [] : ['TYPE']), ...(selector === undefined ? [] : ['--selector'])];
  if (others.length > 0) throw cliErrors.raise['conflicting-flags']({ flags: ['--keys', ...others] });
  const { signal, progress } = context;
  const keys = await listKeys(new Records(await openSnapshot(file, context)), {
    revision,
    isWanted: namespace === undefined ? undefined : isKeyIn(namespace),
    signal,
    progress,
  });
  return byteStream(lines(keys));
}

/** Characters that are written at once. */
const pieceLength = 64 * 1024;

async function* lines(keys: Iterable<string>): AsyncGenerator<Buffer> {
  let piece = '';
  for (const key of keys) {
    piece += `${isPlainAscii(key) ? key : shown(key)}\n`;
    if (piece.length < pieceLength) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

/** A key keeps to its line, whatever is in it. */
function shown(key: string): string {
  return printable(Buffer.from(key, 'latin1').toString()).replaceAll(/[\n\t]/g, '\ufffd');
}
