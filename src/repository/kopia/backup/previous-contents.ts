import { isHozonError } from '#foundation/errors.ts';
import type { ByteRange, StoreOptions } from '#storage/object-store.ts';
import { type WindowedStore, windowed } from '../../restoring/windowed-store.ts';
import { heldContent } from '../access/contents.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { readWholeObject } from '../access/objects.ts';
import { type ContentId, isContentId } from '../format/content-id.ts';
import type { ObjectId } from '../format/object-id.ts';

/**
 * Reads what earlier snapshots have besides data: directories, and lists of contents. They lie together, as they were stored, so
 * much of a pack is read at once, and some of it held.
 */
export class PreviousContents {
  /** The same, through what is held. */
  readonly repository: IndexedKopia;
  readonly options: StoreOptions;
  readonly #store: WindowedStore;
  /** The pack that was looked up last, and its name in the store. */
  #last = { pack: '', key: '' };

  constructor(repository: IndexedKopia, options: StoreOptions = {}) {
    const store = windowed(repository.store);
    this.repository = { ...repository, store, blobs: repository.blobs.through(store) };
    this.options = options;
    this.#store = store;
  }

  /** The sealed bytes of a content whose pack and range are known, if they are held. */
  readonly held = (pack: string, range: ByteRange): Buffer | undefined =>
    this.#store.held(this.#keyOf(pack), range);

  /** A content that is held; `undefined` of others. @throws `repository.kopia-content-missing`, `damaged` */
  now(id: ContentId): Buffer | undefined {
    return heldContent(this.repository, id, this.held);
  }

  /** Whether an object is a single content that is held: of a list's contents nothing is known before it is read. */
  isHeld(object: ObjectId): boolean {
    const { index } = this.repository;
    const content = isContentId(object) ? index.numberOf(object) : -1;
    if (content < 0) return false;
    const key = this.#keyOf(index.packOf(content));
    return this.#store.isHeld(key, index.offset(content), index.sealedLength(content));
  }

  /** A whole object. @throws as {@link readWholeObject} does */
  async read(object: ObjectId): Promise<Buffer> {
    return readWholeObject(this.repository, object, this.options);
  }

  #keyOf(pack: string): string {
    if (this.#last.pack !== pack) this.#last = { pack, key: this.repository.blobs.keyOf(pack) };
    return this.#last.key;
  }
}

/** Whether reading failed because of what is in the repository. */
export function isOfRepository(thrown: unknown): boolean {
  return (
    isHozonError(thrown, 'repository.damaged') ||
    isHozonError(thrown, 'repository.file-missing') ||
    isHozonError(thrown, 'repository.kopia-content-missing')
  );
}
