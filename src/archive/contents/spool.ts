import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { raise } from '../errors.ts';

/**
 * A temporary file without a name: made in a private directory, readable only by its owner, and unlinked as soon as
 * it is open, so that nothing of it remains whatever becomes of the process. It is under TMPDIR.
 */
export class Spool implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #source: string;
  readonly #fail = (thrown: unknown): never => {
    throw failed(this.#source, thrown);
  };
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;

  private constructor(file: FileHandle, source: string) {
    this.#file = file;
    this.#source = source;
  }

  /** Opens an empty spool; throws `archive.spool-failed`. `source` is what the spool is of, for messages. */
  static async open(source: string): Promise<Spool> {
    try {
      return new Spool(await openUnnamed(), source);
    } catch (thrown) {
      throw failed(source, thrown);
    }
  }

  /** Puts bytes at the end and returns their offset. They are kept in memory, and not to be changed, until {@link flush}. */
  append(bytes: Buffer): number {
    const offset = this.#written + this.#pendingBytes;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    return offset;
  }

  /** Writes what was appended; throws `archive.spool-failed`. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#write(bytes).catch(this.#fail);
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#written);
      done += bytesWritten;
      this.#written += bytesWritten;
    }
  }

  /** Bytes that were flushed; throws `archive.spool-failed`. */
  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    await this.#readInto(bytes, offset).catch(this.#fail);
    return bytes;
  }

  async #readInto(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, offset + done);
      if (bytesRead === 0) throw new Error(`the spool ends before ${offset + bytes.length}`);
      done += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

async function openUnnamed(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-'));
  const path = join(directory, 'spool');
  try {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    await unlink(path);
    return file;
  } finally {
    await rmdir(directory);
  }
}

function failed(source: string, thrown: unknown): Error {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return raise['spool-failed']({ source, directory: tmpdir(), reason }, { cause: thrown });
}
