import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { isDamage, openBlob, readBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { PackWindows } from './pack-windows.ts';

const subtreeMember = '"subtree":"';
const idLength = 64;
/** Directories whose trees are prefetched when the one that holds them is read. */
const prefetched = 16;

/** Ids of trees that were prefetched, and whose directories may be gone. */
const expectedLimit = 4096;

/** The texts of a parent snapshot's trees, read as a walk comes to them, and a level ahead. */
export class ParentTrees {
  readonly #repository: IndexedRepository;
  readonly #options: StoreOptions;
  readonly #windows: PackWindows;
  /** Where trees are that were prefetched, by their ids. */
  readonly #expected = new Map<string, number>();

  constructor(repository: IndexedRepository, options: StoreOptions = {}) {
    this.#repository = repository;
    this.#options = options;
    this.#windows = new PackWindows(repository, options);
  }

  /**
   * The text of a tree: at once, mostly.
   *
   * @throws (or rejects with) what reading blobs does
   */
  read(id: string): string | Promise<string> {
    const entry = this.#expected.get(id) ?? this.#repository.index.first('tree', id);
    this.#expected.delete(id);
    if (entry === -1) return this.#readAlone(id);
    const sealed = this.#windows.sealed(entry);
    if (sealed instanceof Promise) return this.#wait(id, entry, sealed);
    return this.#open(entry, sealed) ?? this.#readAlone(id);
  }

  async #wait(id: string, entry: number, reading: Promise<Buffer>): Promise<string> {
    let sealed: Buffer;
    try {
      sealed = await reading;
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      return this.#readAlone(id);
    }
    return this.#open(entry, sealed) ?? this.#readAlone(id);
  }

  /** `undefined` where it is damaged. */
  #open(entry: number, sealed: Buffer): string | undefined {
    const { key, index } = this.#repository;
    try {
      const text = openBlob(key, index.place(entry), sealed).toString();
      this.#prefetch(text);
      return text;
    } catch (thrown) {
      if (thrown instanceof Fault) return undefined;
      throw thrown;
    }
  }

  /** From whichever place has it. */
  async #readAlone(id: string): Promise<string> {
    return (await readBlob(this.#repository, 'tree', id, this.#options)).toString();
  }

  #prefetch(text: string): void {
    if (this.#expected.size > expectedLimit) this.#expected.clear();
    let begun = 0;
    for (let at = text.indexOf(subtreeMember); at !== -1 && begun < prefetched; begun++) {
      const start = at + subtreeMember.length;
      const id = text.slice(start, start + idLength);
      const entry = this.#repository.index.first('tree', id);
      if (entry !== -1) this.#windows.prefetch(entry);
      this.#expected.set(id, entry);
      at = text.indexOf(subtreeMember, start);
    }
  }
}
