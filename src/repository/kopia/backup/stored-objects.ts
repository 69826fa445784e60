import { namingNow } from '../access/naming.ts';
import { type ContentId, isContentId } from '../format/content-id.ts';
import { readIndirect } from '../format/indirect.ts';
import { type ObjectId, parseObjectId } from '../format/object-id.ts';
import type { KopiaWriter } from '../writing/kopia-writer.ts';
import { isOfRepository, type PreviousContents } from './previous-contents.ts';

/** Whether an object is there; an error where a list that is there cannot be read. */
export type IsStored = boolean | Error;

/** Objects of several contents that are remembered: the same file may be there many times. */
const remembered = 4096;
/** Lists in lists. */
const depthLimit = 16;

/**
 * Says of objects of earlier snapshots whether all of their contents are there. To know that of a file of several contents its list of
 * them is read.
 */
export class StoredObjects {
  readonly #writer: Pick<KopiaWriter, 'has'>;
  readonly #contents: PreviousContents;
  readonly #whole = new Set<ObjectId>();

  constructor(writer: Pick<KopiaWriter, 'has'>, contents: PreviousContents) {
    this.#writer = writer;
    this.#contents = contents;
  }

  /** At once where that can be said without reading. @throws (or rejects with) what the store throws */
  has(object: ObjectId): IsStored | Promise<IsStored> {
    return this.hasNow(object) ?? this.#later(object, 0).catch(ofRepository);
  }

  /** `undefined` where something has to be read. */
  hasNow(object: ObjectId): IsStored | undefined {
    if (isContentId(object)) return this.#writer.has(object);
    try {
      return this.#now(object, 0);
    } catch (thrown) {
      return ofRepository(thrown);
    }
  }

  #now(object: ObjectId, depth: number): boolean | undefined {
    const known = this.#withoutList(object, depth);
    if (known !== undefined) return known;
    const id = object.slice(1);
    const list = isContentId(id) ? this.#contents.now(id) : undefined;
    if (list === undefined) return undefined;
    let unread = false;
    for (const part of this.#parts(object, list)) {
      const isThere = this.#now(part, depth + 1);
      if (isThere === false) return false;
      unread ||= isThere === undefined;
    }
    return unread ? undefined : this.#remember(object);
  }

  /** What can be said of an object without a look into its list. */
  #withoutList(object: ObjectId, depth: number): boolean | undefined {
    const parsed = parseObjectId(object);
    if (parsed === undefined || depth > depthLimit || !this.#writer.has(parsed.content)) return false;
    const { levels, content } = parsed;
    return levels === 0 || this.#whole.has(object) || this.#isListedHere(content) ? true : undefined;
  }

  async #later(object: ObjectId, depth: number): Promise<boolean> {
    const known = this.#withoutList(object, depth);
    if (known !== undefined) return known;
    const list = object.slice(1);
    if (!(await this.#later(list, depth + 1))) return false;
    for (const part of this.#parts(object, await this.#contents.read(list))) {
      if (!(await this.#later(part, depth + 1))) return false;
    }
    return this.#remember(object);
  }

  /** Whether this writer has just made a list that it has, and no index names yet: of contents that it has, too. */
  #isListedHere(list: ContentId): boolean {
    return !this.#contents.repository.index.hasLive(list);
  }

  /** @throws `repository.damaged` */
  #parts(object: ObjectId, list: Buffer): readonly ObjectId[] {
    const { store } = this.#contents.repository;
    return namingNow(store, object, () => readIndirect(list).map(part => part.object));
  }

  #remember(object: ObjectId): true {
    if (this.#whole.size >= remembered) this.#whole.clear();
    this.#whole.add(object);
    return true;
  }
}

function ofRepository(thrown: unknown): Error {
  if (isOfRepository(thrown)) return thrown as Error;
  throw thrown;
}
