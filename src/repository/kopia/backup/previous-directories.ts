import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type BytePath, bytePath } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import { readDirectory } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { type DirectoryEntry, goMode } from '../format/directory.ts';
import type { ObjectId } from '../format/object-id.ts';

/** A directory as an earlier snapshot has it: its entries by their names. */
export type PreviousDirectory = ReadonlyMap<BytePath, DirectoryEntry>;

/** Directories that are read ahead of the walk. */
const readAhead = 16;

/** Reads directories of earlier snapshots as a walk comes to them, and a level ahead. */
export class PreviousDirectories {
  readonly #repository: IndexedKopia;
  readonly #options: StoreOptions;
  readonly #ahead = new Map<ObjectId, Promise<PreviousDirectory>>();

  constructor(repository: IndexedKopia, options: StoreOptions = {}) {
    this.#repository = repository;
    this.#options = options;
  }

  /** @throws as reading does: `repository.damaged`, `kopia-content-missing` */
  async read(id: ObjectId): Promise<PreviousDirectory> {
    const reading = this.#ahead.get(id) ?? this.#read(id);
    this.#ahead.delete(id);
    const directory = await reading;
    this.#readAhead(directory);
    return directory;
  }

  #readAhead(directory: PreviousDirectory): void {
    let begun = 0;
    for (const { type, object } of directory.values()) {
      if (type !== 'd') break; // directories come first
      if (++begun > readAhead) break;
      if (this.#ahead.has(object)) continue;
      const reading = this.#read(object);
      reading.catch(() => {}); // whoever asks for it is told
      this.#ahead.set(object, reading);
    }
    // What the walk does not come to any more goes, the oldest first.
    const tooMany = this.#ahead.size - 4 * readAhead;
    if (tooMany > 0) for (const old of [...this.#ahead.keys()].slice(0, tooMany)) this.#ahead.delete(old);
  }

  async #read(id: ObjectId): Promise<PreviousDirectory> {
    const { entries } = await readDirectory(this.#repository, id, this.#options);
    return new Map(entries.map(entry => [nameBytes(entry.name), entry]));
  }
}

const ascii = /^\p{ASCII}*$/u;

function nameBytes(name: string): BytePath {
  return ascii.test(name) ? name : bytePath(Buffer.from(name));
}

/** Whether reading failed because of what is in the repository. */
export function isOfRepository(thrown: unknown): boolean {
  return (
    isHozonError(thrown, 'repository.damaged') ||
    isHozonError(thrown, 'repository.file-missing') ||
    isHozonError(thrown, 'repository.kopia-content-missing')
  );
}

/** Whether an entry is, by kopia's rule, as it was: its time, mode, owner and size. */
export function isUnchanged(entry: Entry, size: number, previous: DirectoryEntry): boolean {
  return (
    previous.type === (entry.type === 'symlink' ? 's' : 'f') &&
    previous.size === size &&
    previous.mtime === entry.mtime &&
    previous.mode === goMode(entry.mode) &&
    previous.uid === entry.uid &&
    previous.gid === entry.gid
  );
}
