import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { raise } from '../errors.ts';
import type { ByteRange, ReadOptions, StoredBody } from '../object-store.ts';
import { codeOf, isAbsent, storageFailure } from './failures.ts';
import { isOwnDirectory, type Place } from './places.ts';

const chunkSize = 256 * 1024;

/** Opens an object for reading: all of it, or a range. */
export async function openObject(
  place: Place,
  range: ByteRange | undefined,
  options: ReadOptions,
): Promise<StoredBody> {
  const file = await openRegularFile(place);
  try {
    const stat = await file.stat({ bigint: true });
    const version = `${stat.ino}-${stat.mtimeNs}-${stat.size}`;
    const size = Number(stat.size);
    const wanted = range ?? { offset: 0, length: size };
    if (options.ifVersion !== undefined && options.ifVersion !== version) throw raise.changed(place);
    if (wanted.offset + wanted.length > size) {
      throw raise.truncated({
        ...place,
        expected: wanted.length,
        received: Math.max(0, size - wanted.offset),
      });
    }
    const chunks = new FileChunks(file, place, wanted, options.signal);
    return { size: wanted.length, version, [Symbol.asyncIterator]: () => chunks };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function openRegularFile(place: Place): Promise<FileHandle> {
  const absent = (cause?: unknown) => raise['not-found'](place, { cause });
  if (!(await isOwnDirectory(place.root, place.directory))) throw absent();
  // without NONBLOCK, opening a pipe that somebody put there would wait for its writer
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: FileHandle;
  try {
    file = await open(place.path, flags);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (isAbsent(thrown) || code === 'ELOOP' || code === 'ENXIO') throw absent(thrown);
    throw thrown;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw absent();
}

/** The bytes of a range of an open file, which is closed after the last of them, or when the reader leaves. */
class FileChunks implements AsyncIterator<Uint8Array> {
  readonly #file: FileHandle;
  readonly #place: Place;
  readonly #range: ByteRange;
  readonly #signal: AbortSignal | undefined;
  #read = 0;
  #closed = false;

  constructor(file: FileHandle, place: Place, range: ByteRange, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#place = place;
    this.#range = range;
    this.#signal = signal;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      this.#signal?.throwIfAborted();
      const chunk = this.#closed ? undefined : await this.#nextChunk();
      if (chunk !== undefined) return { done: false, value: chunk };
    } catch (thrown) {
      await this.#close();
      throw storageFailure(thrown, this.#place.url, this.#place.key);
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#close();
    return { done: true, value: undefined };
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    const { offset, length } = this.#range;
    const wanted = Math.min(chunkSize, length - this.#read);
    if (wanted === 0) return undefined;
    const buffer = Buffer.allocUnsafe(wanted);
    const { bytesRead } = await this.#file.read(buffer, 0, wanted, offset + this.#read);
    if (bytesRead === 0) throw raise.truncated({ ...this.#place, expected: length, received: this.#read });
    this.#read += bytesRead;
    return buffer.subarray(0, bytesRead);
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}
