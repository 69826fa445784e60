import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { CacheFiles } from './cache-files.ts';

/** A file in the cache. */
export interface KeptFile {
  /** Its folder and name. */
  readonly path: string;
  /** Of its bytes, in hexadecimal digits, where the file's name in the repository says it; else the cache keeps it at the file's end. */
  readonly sha256?: string | undefined;
}

export interface KeptRange {
  readonly offset: number;
  readonly length: number;
}

const hashSize = 32;

/** Files of a cache, each with the SHA-256 that it must have: one that has another is removed. */
export class ProvenFiles {
  readonly #files: CacheFiles;

  constructor(files: CacheFiles) {
    this.#files = files;
  }

  /** The whole file; `undefined` where there is none, or was a damaged one. */
  async read(file: KeptFile): Promise<Buffer | undefined> {
    const bytes = await this.#files.read(file.path);
    if (bytes === undefined) return undefined;
    const end = file.sha256 === undefined ? Math.max(0, bytes.length - hashSize) : bytes.length;
    const content = bytes.subarray(0, end);
    const expected = file.sha256 ?? bytes.toString('hex', end);
    if (createHash('sha256').update(content).digest('hex') === expected) return content;
    await this.#files.remove(file.path);
    return undefined;
  }

  /** Whether the file is there and sound; a damaged one is removed. In bounded memory. */
  async isSound(file: KeptFile): Promise<boolean> {
    const opened = await this.#files.open(file.path);
    if (opened === undefined) return false;
    const end = (await opened.stat()).size - (file.sha256 === undefined ? hashSize : 0);
    const said = file.sha256 ?? (await readFully(opened, { offset: end, length: hashSize }))?.toString('hex');
    const hash = createHash('sha256');
    const body = end > 0 ? opened.createReadStream({ start: 0, end: end - 1 }) : [];
    for await (const part of body) hash.update(part as Uint8Array);
    await opened.close().catch(() => {}); // the stream has closed it
    if (hash.digest('hex') === said) return true;
    await this.#files.remove(file.path);
    return false;
  }

  /** A part of a file that was found sound; `undefined` where it is gone, or too short. */
  async readRange(file: KeptFile, range: KeptRange): Promise<Buffer | undefined> {
    const opened = await this.#files.open(file.path);
    if (opened === undefined) return undefined;
    try {
      const end = (await opened.stat()).size - (file.sha256 === undefined ? hashSize : 0);
      return range.offset + range.length > end ? undefined : await readFully(opened, range);
    } finally {
      await opened.close();
    }
  }

  /** Puts a file in place once it is whole; whether it has the SHA-256 that it must have. @throws what the body throws */
  async write(file: KeptFile, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean> {
    const hash = createHash('sha256');
    let digest = '';
    const hashed = withHash(body, hash, found => {
      digest = found.toString('hex');
      return file.sha256 === undefined ? [found] : [];
    });
    return this.#files.write(file.path, hashed, () => file.sha256 === undefined || digest === file.sha256);
  }

  async remove(file: KeptFile): Promise<void> {
    await this.#files.remove(file.path);
  }

  /** Removes the files of a folder that are not to be kept, and what dead processes left there. */
  async retain(folder: string, isKept: (name: string) => boolean): Promise<void> {
    await this.#files.retain(folder, isKept);
  }
}

async function* withHash(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hash: Hash,
  atEnd: (digest: Buffer) => readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  for await (const part of body) {
    hash.update(part);
    yield part;
  }
  yield* atEnd(hash.digest());
}

async function readFully(file: FileHandle, { offset, length }: KeptRange): Promise<Buffer | undefined> {
  if (offset < 0) return undefined;
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return bytes;
}
