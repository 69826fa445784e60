import { createReadStream } from 'node:fs';
import { turns } from '#foundation/concurrency.ts';
import { Chunker, chunksOf } from '../../chunking/chunker.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { RepositoryWriter, type WriterOptions } from '../access/writer.ts';
import type { ContentSink, LocalFile, StoredContent, UnreadContent } from './content-sink.ts';

/** Files are read in pieces of so many bytes. */
const pieceSize = 1024 * 1024;

/**
 * A sink that does everything in this thread, one content after another: what the one with workers is compared with.
 *
 * @throws `repository.foreign` for version 1
 */
export function openPlainSink(repository: IndexedRepository, options: WriterOptions = {}): ContentSink {
  const writer = new RepositoryWriter(repository, options);
  const chunker = new Chunker(repository.config.polynomial);
  const turn = turns(1);
  const store = async (body: AsyncIterable<Uint8Array>): Promise<StoredContent> => {
    const content: string[] = [];
    let size = 0;
    for await (const chunk of chunksOf(chunker, body)) {
      content.push(await writer.add('data', chunk));
      size += chunk.length;
    }
    return { content, size };
  };
  return {
    files: files => Promise.all(files.map(file => turn(() => storeFile(file, store)))),
    stream: body => turn(() => store(body)),
    tree: plain => turn(() => writer.add('tree', plain)),
    hasData: id => writer.has('data', id),
    dataSize: id => writer.sizeOf('data', id),
    finish: () => turn(() => finished(writer)),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function finished(writer: RepositoryWriter): Promise<RepositoryWriter['totals']> {
  await writer.finish();
  return writer.totals;
}

async function storeFile(
  { path }: LocalFile,
  store: (body: AsyncIterable<Uint8Array>) => Promise<StoredContent>,
): Promise<StoredContent | UnreadContent> {
  try {
    return await store(piecesOf(path));
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

async function* piecesOf(path: Buffer): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: pieceSize });
  } catch (thrown) {
    throw new Unread(thrown as NodeJS.ErrnoException);
  }
}
