import { rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WatchedBody } from '../bodies.ts';
import { checkFolderPrefix, checkPrefix } from '../keys.ts';
import type {
  BegunWrite,
  Body,
  ByteRange,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  ReadOptions,
  StoredBody,
  StoreOptions,
  UnfinishedWrite,
} from '../object-store.ts';
import { checkRange } from '../ranges.ts';
import { makeTemporary, type Publish, removeTemporary, writeAtomically } from './atomic-write.ts';
import { BegunFile } from './begun-file.ts';
import { isAbsent, storageFailure } from './failures.ts';
import { openObject } from './file-body.ts';
import { isOwnDirectory, placeOf } from './places.ts';
import { isOfThisMachine } from './this-machine.ts';
import { leftBehind, removeLeftBehind } from './unfinished.ts';
import { objectAt, walk, walkFolders } from './walk.ts';

/**
 * The objects of a directory: each is a regular file at the path that its key says. The directory is made by the
 * first put; until then the location reads as empty. It suits local file systems and NFS; `putIfAbsent` needs
 * hard links. Symbolic links inside the location are never followed: for readers nothing is behind them, and a
 * put through one is refused with `storage.symlink`.
 */
export class FilesystemStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  /** Whether files that lie here can be written by the caller; not known before one was begun. */
  #begins: boolean | undefined;

  constructor(directory: string) {
    this.#root = resolve(directory);
    this.url = pathToFileURL(this.#root).href;
  }

  async get(key: string, options: ReadOptions = {}): Promise<StoredBody> {
    return this.#open(key, undefined, options);
  }

  async getRange(key: string, range: ByteRange, options: ReadOptions = {}): Promise<StoredBody> {
    checkRange(range);
    return this.#open(key, range, options);
  }

  async put(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#write(key, body, 'replace', options);
  }

  async putIfAbsent(key: string, body: Body, options: PutOptions = {}): Promise<ObjectInfo> {
    return this.#write(key, body, 'if-absent', options);
  }

  async head(key: string, options: StoreOptions = {}): Promise<ObjectInfo | undefined> {
    const place = this.#place(key);
    return this.#guard(key, options, async () =>
      (await isOwnDirectory(this.#root, place.directory)) ? objectAt(place.path, key) : undefined,
    );
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix);
    const { signal, after = '' } = options;
    signal?.throwIfAborted();
    const at = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    try {
      const directory = join(this.#root, at);
      if (!(await isOwnDirectory(this.#root, resolve(directory)))) return;
      for await (const info of walk(directory, at, { prefix, after, signal })) {
        yield info;
        signal?.throwIfAborted();
      }
    } catch (thrown) {
      throw storageFailure(thrown, this.url, prefix);
    }
  }

  async *listPrefixes(prefix: string, options: StoreOptions = {}): AsyncGenerator<string> {
    checkFolderPrefix(prefix);
    options.signal?.throwIfAborted();
    const directory = join(this.#root, prefix);
    try {
      if (!(await isOwnDirectory(this.#root, resolve(directory)))) return;
      yield* walkFolders(directory, prefix, options.signal);
    } catch (thrown) {
      throw storageFailure(thrown, this.url, prefix);
    }
  }

  async delete(key: string, options: StoreOptions = {}): Promise<void> {
    const place = this.#place(key);
    await this.#guard(key, options, async () => {
      if (!(await isOwnDirectory(this.#root, place.directory))) return;
      if ((await objectAt(place.path, key)) === undefined) return;
      await unlinkIfThere(place.path);
      await removeEmptyDirectories(place.directory, this.#root);
    });
  }

  /** A directory has no URL that others could read: always `undefined`. */
  async presign(key: string): Promise<undefined> {
    this.#place(key);
    return undefined;
  }

  async pathOf(key: string, options: StoreOptions = {}): Promise<string | undefined> {
    const { path } = this.#place(key);
    return (await this.head(key, options)) === undefined ? undefined : path;
  }

  /** `undefined` on file systems of other machines, and of programs: they may refuse to be written to in any order, and what fails there may pass. */
  async begin(key: string, options: StoreOptions = {}): Promise<BegunWrite | undefined> {
    const place = this.#place(key);
    if (this.#begins === false) return undefined;
    return this.#guard(key, options, async () => {
      const temporary = await makeTemporary(place, 'wx+');
      this.#begins ??= await isOfThisMachine(temporary.directory);
      if (this.#begins) return new BegunFile(temporary, place);
      await removeTemporary(temporary);
      return undefined;
    });
  }

  async *unfinished(prefix: string, options: StoreOptions = {}): AsyncGenerator<UnfinishedWrite> {
    checkPrefix(prefix);
    options.signal?.throwIfAborted();
    try {
      yield* leftBehind(this.#root, prefix);
    } catch (thrown) {
      throw storageFailure(thrown, this.url, prefix);
    }
  }

  async abandon(write: UnfinishedWrite, options: StoreOptions = {}): Promise<void> {
    await this.#guard(write.key, options, () => removeLeftBehind(this.#root, this.url, write));
  }

  async close(): Promise<void> {}

  #place(key: string) {
    return placeOf(this.#root, this.url, key);
  }

  async #open(key: string, range: ByteRange | undefined, options: ReadOptions): Promise<StoredBody> {
    const place = this.#place(key);
    return this.#guard(key, options, () => openObject(place, range, options));
  }

  async #write(key: string, body: Body, publish: Publish, options: PutOptions): Promise<ObjectInfo> {
    const place = this.#place(key);
    const watched = new WatchedBody(body);
    options.signal?.throwIfAborted();
    try {
      return await writeAtomically(place, watched, publish, options);
    } catch (thrown) {
      throw watched.threw(thrown) ? thrown : storageFailure(thrown, this.url, key);
    }
  }

  async #guard<T>(key: string, options: StoreOptions, action: () => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted();
    try {
      return await action();
    } catch (thrown) {
      throw storageFailure(thrown, this.url, key);
    }
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (!isAbsent(thrown)) throw thrown;
  }
}

/** Removes `directory` and those above it, below `root`, as long as they are empty. */
async function removeEmptyDirectories(directory: string, root: string): Promise<void> {
  for (let at = directory; at.length > root.length; at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return; // not empty, or somebody else's to remove; either way the object is gone
    }
  }
}
