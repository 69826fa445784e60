import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { isDamage } from '../../checking/check-finding.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { objectContents } from '../access/objects.ts';
import { type ObjectId, parseObjectId } from '../format/object-id.ts';

/** Whether objects can be read, given which contents cannot. Lists of parts are read once. */
export class ObjectWholeness {
  readonly #repository: IndexedKopia;
  readonly #lost: Uint8Array;
  readonly #options: StoreOptions;
  /** Of objects that are lists, by their id: there are few. */
  readonly #lists = new Map<ObjectId, boolean>();

  /** @param lost 1 for every content of the index that cannot be read */
  constructor(repository: IndexedKopia, lost: Uint8Array, options: StoreOptions) {
    this.#repository = repository;
    this.#lost = lost;
    this.#options = options;
  }

  async isWhole(object: ObjectId): Promise<boolean> {
    const parsed = parseObjectId(object);
    if (parsed === undefined) return false;
    if (!this.#isThere(parsed.content)) return false;
    if (parsed.levels === 0) return true;
    const known = this.#lists.get(object) ?? (await this.#isListWhole(object));
    this.#lists.set(object, known);
    return known;
  }

  async #isListWhole(object: ObjectId): Promise<boolean> {
    try {
      const parts = await objectContents(this.#repository, object, this.#options);
      return parts.every(({ content }) => this.#isThere(content));
    } catch (thrown) {
      if (isDamage(thrown) || isHozonError(thrown, 'repository.kopia-content-missing')) return false;
      throw thrown;
    }
  }

  #isThere(content: string): boolean {
    const number = this.#repository.index.numberOf(content);
    return number >= 0 && this.#lost[number] !== 1;
  }
}
