import { isUtf8 } from 'node:buffer';
import { isHozonError } from '#foundation/errors.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { jsonText } from '../../format/go-json-text.ts';
import { type WindowedStore, windowed } from '../../restoring/windowed-store.ts';
import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import { heldDirectoryTexts, readDirectoryTexts } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { isContentId } from '../format/content-id.ts';
import type { DirectoryTexts } from '../format/directory-texts.ts';
import type { ObjectId } from '../format/object-id.ts';

/** A directory as an earlier snapshot has it. */
export interface PreviousDirectory {
  readonly object: ObjectId;
  readonly texts: DirectoryTexts;
}

/** Directories that are read ahead of the walk. */
const readAhead = 16;

/** Reads directories of earlier snapshots as a walk comes to them, and a level ahead. */
export class PreviousDirectories {
  readonly #repository: IndexedKopia;
  readonly #options: StoreOptions;
  readonly #ahead = new Map<ObjectId, Promise<PreviousDirectory>>();
  readonly #store: WindowedStore;
  /** The pack that was looked up last, and its name in the store. */
  #last = { pack: '', key: '' };

  constructor(repository: IndexedKopia, options: StoreOptions = {}) {
    const store = windowed(repository.store);
    const blobs = repository.blobs.through(store);
    this.#repository = { ...repository, store, blobs };
    this.#options = options;
    this.#store = store;
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

  #readAhead({ texts }: PreviousDirectory): void {
    for (const object of texts.directories(readAhead)) {
      if (this.#ahead.has(object) || this.#isHeld(object)) continue;
      const reading = this.#later(object);
      reading.catch(() => {}); // whoever asks for it is told
      this.#ahead.set(object, reading);
    }
    // What the walk does not come to any more goes, the oldest first.
    const tooMany = this.#ahead.size - 4 * readAhead;
    if (tooMany > 0) for (const old of [...this.#ahead.keys()].slice(0, tooMany)) this.#ahead.delete(old);
  }

  /** Whether {@link #now} would find it: of a list's contents nothing is known before it is read. */
  #isHeld(object: ObjectId): boolean {
    const { index } = this.#repository;
    const content = isContentId(object) ? index.numberOf(object) : -1;
    if (content < 0) return false;
    const key = this.#keyOf(index.packOf(content));
    return this.#store.isHeld(key, index.offset(content), index.sealedLength(content));
  }

  #now(id: ObjectId): PreviousDirectory | undefined {
    const texts = heldDirectoryTexts(this.#repository, id, this.#held);
    return texts && { object: id, texts };
  }

  readonly #held = (pack: string, range: ByteRange): Buffer | undefined =>
    this.#store.held(this.#keyOf(pack), range);

  #keyOf(pack: string): string {
    if (this.#last.pack !== pack) this.#last = { pack, key: this.#repository.blobs.keyOf(pack) };
    return this.#last.key;
  }

  async #later(id: ObjectId): Promise<PreviousDirectory> {
    return { object: id, texts: await readDirectoryTexts(this.#repository, id, this.#options) };
  }
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
