import { isUtf8 } from 'node:buffer';
import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { jsonText } from '../../format/go-json-text.ts';
import { windowed } from '../../restoring/windowed-store.ts';
import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import { readEntryTexts } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { EntryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';

/** A directory as an earlier snapshot has it: its entries by their names as JSON. */
export type PreviousDirectory = ReadonlyMap<string, EntryTexts>;

/** Directories that are read ahead of the walk. */
const readAhead = 16;

/** Reads directories of earlier snapshots as a walk comes to them, and a level ahead. */
export class PreviousDirectories {
  readonly #repository: IndexedKopia;
  readonly #options: StoreOptions;
  readonly #ahead = new Map<ObjectId, Promise<PreviousDirectory>>();

  constructor(repository: IndexedKopia, options: StoreOptions = {}) {
    const store = windowed(repository.store);
    this.#repository = { ...repository, store, blobs: repository.blobs.through(store) };
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
    const entries = await readEntryTexts(this.#repository, id, this.#options);
    return new Map(entries.map(entry => [entry.name, entry]));
  }
}

/** The name under which an earlier snapshot has an entry; `undefined` of one that is no text, as which others could be written the same. */
export function previousName(name: BytePath): string | undefined {
  if (ascii.test(name)) return jsonText(name);
  const bytes = pathBytes(name);
  return isUtf8(bytes) ? jsonText(bytes.toString()) : undefined;
}

const ascii = /^\p{ASCII}*$/u;

/** Whether reading failed because of what is in the repository. */
export function isOfRepository(thrown: unknown): boolean {
  return (
    isHozonError(thrown, 'repository.damaged') ||
    isHozonError(thrown, 'repository.file-missing') ||
    isHozonError(thrown, 'repository.kopia-content-missing')
  );
}
