import { isUtf8 } from 'node:buffer';
import { isHozonError } from '#foundation/errors.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { jsonText } from '../../format/go-json-text.ts';
import { windowed } from '../../restoring/windowed-store.ts';
import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import { heldDirectoryTexts, readDirectoryTexts } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { DirectoryTexts, EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';

/** A directory as an earlier snapshot has it. */
export interface PreviousDirectory {
  readonly object: ObjectId;
  /** Its entries by their names as JSON. */
  readonly entries: ReadonlyMap<string, EntryTexts>;
  /** All of it as it is stored, where that is to the letter as kopia writes it. */
  readonly text: string | undefined;
}

/** Directories that are read ahead of the walk. */
const readAhead = 16;

/** Reads directories of earlier snapshots as a walk comes to them, and a level ahead. */
export class PreviousDirectories {
  readonly #repository: IndexedKopia;
  readonly #options: StoreOptions;
  readonly #ahead = new Map<ObjectId, Promise<PreviousDirectory>>();
  readonly #held: (pack: string, range: ByteRange) => Buffer | undefined;

  constructor(repository: IndexedKopia, options: StoreOptions = {}) {
    const store = windowed(repository.store);
    const blobs = repository.blobs.through(store);
    this.#repository = { ...repository, store, blobs };
    this.#options = options;
    let last = { pack: '', key: '' };
    this.#held = (pack, range) => {
      if (last.pack !== pack) last = { pack, key: blobs.keyOf(pack) };
      return store.held(last.key, range);
    };
  }

  /**
   * A directory: at once where its bytes are here, as they mostly are.
   *
   * @throws (or rejects with) what reading does: `repository.damaged`, `kopia-content-missing`
   */
  read(id: ObjectId): PreviousDirectory | Promise<PreviousDirectory> {
    const reading = this.#ahead.get(id);
    const now = reading === undefined ? this.#now(id) : undefined;
    if (now === undefined) return this.#wait(id, reading ?? this.#later(id));
    this.#readAhead(now);
    return now;
  }

  async #wait(id: ObjectId, reading: Promise<PreviousDirectory>): Promise<PreviousDirectory> {
    this.#ahead.delete(id);
    const directory = await reading;
    this.#readAhead(directory);
    return directory;
  }

  #readAhead({ entries }: PreviousDirectory): void {
    let begun = 0;
    for (const { type, object } of entries.values()) {
      if (type !== 'd') break; // directories come first
      if (++begun > readAhead) break;
      if (this.#ahead.has(object) || this.#isHeld(object)) continue;
      const reading = this.#later(object);
      reading.catch(() => {}); // whoever asks for it is told
      this.#ahead.set(object, reading);
    }
    // What the walk does not come to any more goes, the oldest first.
    const tooMany = this.#ahead.size - 4 * readAhead;
    if (tooMany > 0) for (const old of [...this.#ahead.keys()].slice(0, tooMany)) this.#ahead.delete(old);
  }

  #isHeld(object: ObjectId): boolean {
    const entry = this.#repository.index.find(object);
    return entry !== undefined && this.#held(entry.pack, entry) !== undefined;
  }

  #now(id: ObjectId): PreviousDirectory | undefined {
    const read = heldDirectoryTexts(this.#repository, id, this.#held);
    return read && directoryOf(id, read);
  }

  async #later(id: ObjectId): Promise<PreviousDirectory> {
    return directoryOf(id, await readDirectoryTexts(this.#repository, id, this.#options));
  }
}

function directoryOf(object: ObjectId, { entries, text }: DirectoryTexts): PreviousDirectory {
  return { object, entries: new Map(entries.map(entry => [entry.name, entry])), text };
}

/** The name under which an earlier snapshot has an entry; `undefined` of one that is no text, as which others could be written the same. */
export function previousName(name: BytePath): string | undefined {
  if (plainName.test(name)) return jsonText(name);
  const bytes = pathBytes(name);
  return isUtf8(bytes) ? jsonText(bytes.toString()) : undefined;
}

const plainName = /^[\0-\x7f]*$/;

/** Whether reading failed because of what is in the repository. */
export function isOfRepository(thrown: unknown): boolean {
  return (
    isHozonError(thrown, 'repository.damaged') ||
    isHozonError(thrown, 'repository.file-missing') ||
    isHozonError(thrown, 'repository.kopia-content-missing')
  );
}
