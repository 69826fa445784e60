import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import type { EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';
import type { Failures } from './failures.ts';
import { isOfRepository } from './previous-contents.ts';
import type { PreviousDirectories, PreviousDirectory } from './previous-directories.ts';

type Read = PreviousDirectory | undefined;

/** Finds the directories that earlier snapshots have in the place of one: at once, mostly. */
export class PreviousPlaces {
  readonly #directories: PreviousDirectories | undefined;
  readonly #failures: Failures;

  /** @param directories absent where nothing is compared */
  constructor(directories: PreviousDirectories | undefined, failures: Failures) {
    this.#directories = directories;
    this.#failures = failures;
  }

  /** Those among entries of one name that are directories. */
  of(
    known: readonly EntryTexts[],
    path: BytePath,
  ): readonly PreviousDirectory[] | Promise<readonly PreviousDirectory[]> {
    const objects: ObjectId[] = [];
    known.forEach(({ type, object }) => {
      if (type === 'd' && !objects.includes(object)) objects.push(object);
    });
    return this.read(objects, path);
  }

  /** Directories by their objects. One that cannot be read is named, and not compared with. */
  read(
    objects: readonly ObjectId[],
    path: BytePath,
  ): readonly PreviousDirectory[] | Promise<readonly PreviousDirectory[]> {
    const directories = this.#directories;
    if (directories === undefined || objects.length === 0) return [];
    const read = objects.map(object => this.#one(directories, object, path));
    if (read.every(isNoPromise)) return read.filter(isThere);
    return Promise.all(read.map(async each => each)).then(all => all.filter(isThere));
  }

  #one(directories: PreviousDirectories, object: ObjectId, path: BytePath): Read | Promise<Read> {
    try {
      const read = directories.read(object);
      return read instanceof Promise ? read.catch(thrown => this.#failed(thrown, path)) : read;
    } catch (thrown) {
      return this.#failed(thrown, path);
    }
  }

  #failed(thrown: unknown, path: BytePath): undefined {
    if (!isOfRepository(thrown)) throw thrown;
    this.#failures.tell({ path: pathBytes(path), error: thrown as Error });
  }
}

function isNoPromise<T>(value: T | Promise<T>): value is T {
  return !(value instanceof Promise);
}

function isThere(directory: Read): directory is PreviousDirectory {
  return directory !== undefined;
}
