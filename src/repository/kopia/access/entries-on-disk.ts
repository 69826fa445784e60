import type { DiskIndex } from '../format/disk-index.ts';
import type { ContentEntry } from '../format/index.ts';

/** Who asks for more than one of so many contents does better with all of them in memory. */
const askedShare = 16;
const leastAsked = 1000;

/** Indexes on disk, what they say coming into memory content by content, as it is asked for; and for which they were asked. */
export class EntriesOnDisk {
  #indexes: DiskIndex[] = [];
  /** Of all that were ever added. */
  readonly #blobs = new Set<string>();
  /** By the number of a content: 1 where every index was asked for it. */
  #asked = new Uint8Array(0);
  readonly #prefixes = new Set<number>();
  #searches = 0;
  #count = 0;

  /** How many entries there are, those of one content each counted. */
  get count(): number {
    return this.#count;
  }

  /** Whether so much was asked for that to go on so would take longer than to read everything. */
  get isMuchAsked(): boolean {
    return this.#searches > Math.max(leastAsked, this.#count / askedShare);
  }

  /** Adds the index of a blob; nothing where that was added before. */
  add(blob: string, index: DiskIndex): void {
    if (this.#blobs.has(blob)) return;
    this.#blobs.add(blob);
    this.#indexes.push(index);
    this.#count += index.count;
    this.#asked.fill(0);
    this.#prefixes.clear();
  }

  /** All that is said of the content with this key. */
  *ofKey(key: Uint8Array): Generator<ContentEntry> {
    this.#searches += this.#indexes.length;
    for (const index of this.#indexes) {
      const entry = index.find(key);
      if (entry !== undefined) yield entry;
    }
  }

  /** All that is said of contents of a prefix, given as a byte; nothing where that was asked for before. */
  *ofPrefix(prefix: number): Generator<ContentEntry> {
    if (this.#prefixes.has(prefix)) return;
    for (const index of this.#indexes) yield* index.beginningWith(prefix);
    this.#prefixes.add(prefix);
  }

  /** The names of all packs, some more than once. */
  *packNames(): Generator<string> {
    for (const index of this.#indexes) yield* index.packNames();
  }

  /** Whether nothing more can be said of a content than what was asked for. */
  wasAsked(content: number): boolean {
    return this.#indexes.length === 0 || this.#asked[content] === 1;
  }

  /** Notes that everything was asked for that is said of a content. */
  setAsked(content: number): void {
    if (content >= this.#asked.length) {
      const asked = new Uint8Array(Math.ceil((content + 1024) * 1.25));
      asked.set(this.#asked);
      this.#asked = asked;
    }
    this.#asked[content] = 1;
  }

  get indexes(): readonly DiskIndex[] {
    return this.#indexes;
  }

  /** Forgets the indexes, because all of what they say is held elsewhere. */
  forget(): void {
    this.#indexes = [];
    this.#count = 0;
  }
}
