import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { windowed } from '../../restoring/windowed-store.ts';
import { readEntryTexts } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { naming } from '../access/naming.ts';
import { readWholeObject } from '../access/objects.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import { readIndirect } from '../format/indirect.ts';
import { indirectObject, type ObjectId, type ParsedObjectId, parseObjectId } from '../format/object-id.ts';

export interface MarkOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/** What is known of a content by its number. */
const [isUsed, isExpanded, isWalked] = [1, 2, 4] as const;

/** Something that has to be read for what it refers to. */
interface ToRead {
  readonly object: ObjectId;
  readonly kind: 'list' | 'directory';
}

/** Objects that are read at once. */
const underWay = 8;

/**
 * Marks every content that these entries are made of, with all that is below them: not 0 in the result, by number in the index. What
 * several share is read once; a byte is held for each content, and some for each object that waits.
 *
 * @throws `repository.kopia-content-missing`, `damaged`, `file-missing`: what cannot be followed to its end cannot be judged
 */
export async function markUsed(
  repository: IndexedKopia,
  roots: Iterable<DirectoryEntry>,
  options: MarkOptions = {},
): Promise<Uint8Array> {
  const { progress = noProgress } = options;
  const marks = new Uint8Array(repository.index.size);
  const marking = new Marking(repository, marks, options);
  let directories = 0;
  for (const root of roots) {
    marking.note(root);
    for (let batch = marking.next(); batch.length > 0; batch = marking.next()) {
      await Promise.all(batch.map(each => marking.read(each)));
      directories += batch.length;
      progress({ phase: 'walk', done: directories, unit: 'items' });
      options.signal?.throwIfAborted();
    }
  }
  return marks;
}

class Marking {
  readonly #repository: IndexedKopia;
  readonly #marks: Uint8Array;
  readonly #options: MarkOptions;
  readonly #waiting: ToRead[] = [];

  constructor(repository: IndexedKopia, marks: Uint8Array, options: MarkOptions) {
    const store = windowed(repository.store);
    this.#repository = { ...repository, store, blobs: repository.blobs.through(store) };
    this.#marks = marks;
    this.#options = options;
  }

  next(): readonly ToRead[] {
    return this.#waiting.splice(-underWay);
  }

  note({ object, type }: Pick<DirectoryEntry, 'object' | 'type'>): void {
    const parsed = this.#parse(object);
    this.#noteParsed(object, parsed);
    if (type === 'd' && this.#isFirst(parsed, isWalked)) this.#waiting.push({ object, kind: 'directory' });
  }

  async read({ object, kind }: ToRead): Promise<void> {
    if (kind === 'directory') {
      for (const entry of await readEntryTexts(this.#repository, object, this.#options)) this.note(entry);
      return;
    }
    const list = object.slice(indirectObject('').length);
    const bytes = await readWholeObject(this.#repository, list, this.#options);
    const parts = await naming(this.#repository.store, object, async () => readIndirect(bytes));
    for (const part of parts) this.#noteParsed(part.object, this.#parse(part.object));
  }

  /** The content that it is, or the list that it is made of. */
  #noteParsed(object: ObjectId, parsed: ParsedObjectId): void {
    const content = this.#numberOf(parsed);
    this.#marks[content] = (this.#marks[content] ?? 0) | isUsed;
    if (parsed.levels > 0 && this.#isFirst(parsed, isExpanded)) {
      this.#waiting.push({ object, kind: 'list' });
      const list = object.slice(1);
      this.#noteParsed(list, this.#parse(list));
    }
  }

  #isFirst(parsed: ParsedObjectId, mark: number): boolean {
    const content = this.#numberOf(parsed);
    const known = this.#marks[content] ?? 0;
    this.#marks[content] = known | mark;
    return (known & mark) === 0;
  }

  #numberOf({ content }: ParsedObjectId): number {
    const number = this.#repository.index.numberOf(content);
    if (number >= 0) return number;
    throw raise['kopia-content-missing']({ url: this.#repository.store.url, id: content });
  }

  #parse(object: ObjectId): ParsedObjectId {
    const parsed = parseObjectId(object);
    if (parsed !== undefined) return parsed;
    throw raise['kopia-content-missing']({ url: this.#repository.store.url, id: object });
  }
}
