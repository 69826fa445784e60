import { constants, createReadStream } from 'node:fs';
import type { FileToStore, StoredObject, UnreadObject } from './kopia-writer.ts';
import { concatenated, listOf, type ObjectTools, objectOf, sizeOf, storeParts } from './storing-objects.ts';

/** What kopia cuts large files into unless a policy says otherwise. Bytes. */
export const usualSection = 2 * 1024 ** 3;

/** Files are read in pieces of so many bytes. */
const pieceSize = 1024 * 1024;

/** A link or a pipe that came where a file was must not be followed or waited for. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** How many sections kopia cuts a file into: the last one goes on to wherever the file ends, and can be empty. */
export function sectionsOf({ size, sectionSize = usualSection }: FileToStore): number {
  return sectionSize < 0 || size <= sectionSize ? 1 : Math.floor(size / sectionSize) + 1;
}

/** Stores a file of this machine. What the file system refuses is in the answer. */
export async function storePlainFile(
  tools: ObjectTools,
  file: FileToStore,
): Promise<StoredObject | UnreadObject> {
  const sections = sectionsOf(file);
  try {
    if (sections === 1) {
      const parts = await storeParts(tools, piecesOf(file.path, {}), file);
      return { id: await objectOf(tools, parts, file), size: sizeOf(parts) };
    }
    const { sectionSize = usualSection } = file;
    const stored = [];
    for (let section = 0; section < sections; section++) {
      const start = section * sectionSize;
      const range = section === sections - 1 ? { start } : { start, end: start + sectionSize - 1 };
      stored.push(await storeParts(tools, piecesOf(file.path, range), file));
    }
    const parts = concatenated(stored);
    return { id: await listOf(tools, parts, file), size: sizeOf(parts) };
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
  range: { readonly start?: number; readonly end?: number },
): AsyncGenerator<Uint8Array> {
  try {
    // Node takes numbers for flags, its types do not.
    const flags = openFlags as unknown as string;
    yield* createReadStream(path, { flags, highWaterMark: pieceSize, ...range });
  } catch (thrown) {
    throw new Unread(thrown as NodeJS.ErrnoException);
  }
}
