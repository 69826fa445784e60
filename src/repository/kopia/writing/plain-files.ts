import { constants, createReadStream } from 'node:fs';
import { sectionsOf } from './file-sections.ts';
import type { FileToStore, StoredObject, UnreadObject } from './kopia-writer.ts';
import { concatenated, listOf, type ObjectTools, objectOf, sizeOf, storeParts } from './storing-objects.ts';

/** Files are read in pieces of so many bytes. */
const pieceSize = 1024 * 1024;

/** A link or a pipe that came where a file was must not be followed or waited for. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Stores a file of this machine. What the file system refuses is in the answer. */
export async function storePlainFile(
  tools: ObjectTools,
  file: FileToStore,
): Promise<StoredObject | UnreadObject> {
  const stored = [];
  try {
    for (const { from, to } of sectionsOf(file)) {
      stored.push(await storeParts(tools, piecesOf(file.path, { start: from, end: to - 1 }), file));
    }
    const parts = concatenated(stored);
    const store = stored.length === 1 ? objectOf : listOf;
    return { id: await store(tools, parts, file), size: sizeOf(parts) };
  } catch (thrown) {
    if (thrown instanceof Unread) return { error: thrown.error };
    throw thrown;
  }
}

/** Tells what reading a file threw from what storing it threw. */
class Unread extends Error {
  readonly error: NodeJS.ErrnoException;

  constructor(error: NodeJS.ErrnoException) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

async function* piecesOf(
  path: Buffer,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  try {
    // Node takes numbers for flags, its types do not.
    const flags = openFlags as unknown as string;
    yield* createReadStream(path, { flags, highWaterMark: pieceSize, ...range });
  } catch (thrown) {
    throw new Unread(thrown as NodeJS.ErrnoException);
  }
}
