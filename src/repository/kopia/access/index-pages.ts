import { rmSync } from 'node:fs';
import type { StoreOptions } from '#storage/object-store.ts';
import type { CacheFiles } from '../../cache/cache-files.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { DiskIndex } from '../format/disk-index.ts';
import { blobIv } from '../format/sealing.ts';
import type { BlobInfo } from './blobs.ts';
import { naming } from './naming.ts';
import type { OpenKopia } from './open.ts';
import { type PagedText, PageFile, PagePool, pagesOf } from './page-file.ts';
import { sealedBlobLimit } from './sealed-blobs.ts';

export interface IndexPagesOptions {
  /** The cache; begun when it is needed. @throws what the file system throws */
  readonly files: () => Promise<CacheFiles>;
  /** Told once that nothing can be kept here. */
  readonly onFailure: (thrown: unknown) => void;
  /** Bytes of indexes that may be in memory, and of the smallest that is kept here where there are more. */
  readonly mostInMemory?: number | undefined;
  readonly leastOnDisk?: number | undefined;
}

/** A million contents. */
const usualMostInMemory = 32 * 1024 * 1024;
const usualLeastOnDisk = 1024 * 1024;

type Source = Pick<OpenKopia, 'blobs' | 'sealer' | 'store' | 'format'>;

const folder = 'index-pages';
/** The only version of indexes that is looked up where it lies; older ones are of older repositories. */
const version = 2;

/**
 * Large indexes of a repository on this machine's disk, sealed page by page, where contents are looked up without holding any of them in
 * memory. Like everything in the cache they may be gone at any time, and are made anew.
 */
export class IndexPages {
  readonly #options: IndexPagesOptions;
  readonly #pool = new PagePool();
  #files: Promise<CacheFiles> | undefined;
  #failed = false;

  constructor(options: IndexPagesOptions) {
    this.#options = options;
  }

  /**
   * Which of all index blobs that are needed are to be looked up here: none where they are little together, and none that is too long
   * for an index, so that nobody's disk is filled with what is refused.
   */
  among(blobs: readonly BlobInfo[]): ReadonlySet<BlobInfo> {
    const { mostInMemory = usualMostInMemory, leastOnDisk = usualLeastOnDisk } = this.#options;
    const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
    if (size <= mostInMemory) return new Set();
    return new Set(blobs.filter(blob => blob.size >= leastOnDisk && blob.size <= sealedBlobLimit));
  }

  /**
   * The index that is in a blob; read from the repository the first time. `undefined` where it cannot be looked up here: it is of another
   * kind, not in order, or nothing can be kept on this machine.
   *
   * @param options.anew reads it from the repository although it is here
   * @throws `repository.damaged`, `file-missing` and what the store throws
   */
  async index(
    source: Source,
    blob: BlobInfo,
    { anew = false, ...options }: StoreOptions & { readonly anew?: boolean },
  ): Promise<DiskIndex | undefined> {
    if (this.#failed) return undefined;
    const { masterKey } = source.format;
    const text = { masterKey, id: blob.id, length: blob.size - source.sealer.overhead };
    const reading: Reading = {};
    try {
      const files = await this.#begun();
      const path = files.pathOf(`${folder}/${blob.id}`);
      const kept = anew ? undefined : this.#opened(path, text);
      if (kept !== undefined) return kept;
      const body = pagesOf(text, plainParts(source, blob, { reading, options }));
      const isMade = await files.write(`${folder}/${blob.id}`, body, unfinished =>
        this.#isSound(unfinished, text),
      );
      return isMade ? this.#opened(path, text) : undefined;
    } catch (thrown) {
      if (thrown === otherKind) return undefined;
      if (reading.failure !== undefined) throw reading.failure.thrown;
      options.signal?.throwIfAborted();
      if (!this.#failed) this.#options.onFailure(thrown);
      this.#failed = true;
      return undefined;
    }
  }

  /** Removes what is of other blobs. */
  async retain(blobs: readonly BlobInfo[]): Promise<void> {
    if (this.#files === undefined) return;
    const kept = new Set(blobs.map(({ id }) => id));
    const retaining = this.#files.then(files => files.retain(folder, name => kept.has(name)));
    await retaining.catch(() => {}); // the next one removes it
  }

  async #begun(): Promise<CacheFiles> {
    this.#files ??= this.#options.files();
    return this.#files;
  }

  /** `undefined` where there is none of this text. */
  #opened(path: string, text: PagedText): DiskIndex | undefined {
    try {
      return new DiskIndex(this.#pages(path, text));
    } catch {
      rmSync(path, { force: true });
      return undefined;
    }
  }

  #pages(path: string, text: PagedText): PageFile {
    const onDamage = (): Error => {
      rmSync(path, { force: true });
      return raise['index-cache']({ path });
    };
    return new PageFile(path, text, { pool: this.#pool, onDamage });
  }

  #isSound(path: string, text: PagedText): boolean {
    try {
      return new DiskIndex(this.#pages(path, text)).isSound();
    } catch (thrown) {
      if (thrown instanceof Fault) return false;
      throw thrown;
    }
  }
}

/** What became of reading from the repository: its failures are none of the cache. */
interface Reading {
  failure?: { readonly thrown: unknown };
}

/** Thrown where an index is of another version: then nothing more of it is read. */
const otherKind = new Error('an index that is not looked up on disk');

interface PartsOptions {
  readonly reading: Reading;
  readonly options: StoreOptions;
}

/** The plain bytes of an index blob, authentic when they have ended. */
async function* plainParts(
  { blobs, sealer, store }: Source,
  { id, size }: BlobInfo,
  { reading, options }: PartsOptions,
): AsyncGenerator<Buffer> {
  if (sealer.openParts === undefined) throw otherKind;
  try {
    const body = await blobs.stream(id, { offset: 0, length: size }, options);
    let isFirst = true;
    for await (const part of sealer.openParts(body, blobIv(id))) {
      if (isFirst && part[0] !== version) throw otherKind;
      isFirst = false;
      yield part;
    }
  } catch (thrown) {
    const failing = naming(store, id, () => Promise.reject(thrown));
    await failing.catch((named: unknown) => {
      reading.failure = { thrown: named };
    });
    throw thrown;
  }
}
