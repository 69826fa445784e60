import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { isDamage } from '../../checking/check-finding.ts';
import { readDirectory } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { type ObjectWholeness } from '../checking/object-wholeness.ts';
import { summaryOf } from '../copying/summary.ts';
import { type Directory, type DirectoryEntry, writeDirectory, writeEntry } from '../format/directory.ts';
import type { KopiaWriter } from '../writing/kopia-writer.ts';
import { metadataCompressor } from '../writing/storing-objects.ts';

/** What comes in the place of what cannot be read: a small file that says what it was, or nothing. */
export type Replacement = 'stub' | 'remove';

export interface RepairTreesOptions extends StoreOptions {
  readonly replacement: Replacement;
  /** Absent in a dry run: nothing is stored, and ids of directories are made up. */
  readonly writer: KopiaWriter | undefined;
}

/** What an entry became. */
export interface Mended {
  /** Itself where all of it can be read; `undefined` for nothing in its place. */
  readonly entry: DirectoryEntry | undefined;
  /** What is lost, by paths from the entry on: '' for the entry itself. */
  readonly lost: readonly string[];
}

/** Mends directories: what cannot be read is replaced or left out, as `kopia snapshot fix invalid-files` does. */
export class TreeRepair {
  readonly #repository: IndexedKopia;
  readonly #objects: ObjectWholeness;
  readonly #options: RepairTreesOptions;
  /** What each directory became, by its object. */
  readonly #known = new Map<string, Pick<DirectoryEntry, 'object' | 'summary'> & Pick<Mended, 'lost'>>();

  constructor(repository: IndexedKopia, objects: ObjectWholeness, options: RepairTreesOptions) {
    this.#repository = repository;
    this.#objects = objects;
    this.#options = options;
  }

  /** What comes in the place of an entry. */
  async mend(entry: DirectoryEntry): Promise<Mended> {
    if (entry.type === 'd') return this.#mendDirectory(entry);
    return (await this.#objects.isWhole(entry.object)) ? { entry, lost: [] } : this.#replaced(entry);
  }

  async #mendDirectory(entry: DirectoryEntry): Promise<Mended> {
    const known = this.#known.get(entry.object);
    if (known !== undefined) {
      const { object, summary, lost } = known;
      return { entry: { ...entry, object, summary }, lost };
    }
    const directory = await this.#read(entry);
    if (directory === undefined) return this.#replaced(entry);
    const [mended, lost] = await this.#mendBelow(entry, directory);
    this.#known.set(entry.object, { object: mended.object, summary: mended.summary, lost });
    return { entry: mended, lost };
  }

  async #mendBelow(
    entry: DirectoryEntry,
    directory: Directory,
  ): Promise<[mended: DirectoryEntry, lost: readonly string[]]> {
    const entries: DirectoryEntry[] = [];
    const lost: string[] = [];
    for (const child of directory.entries) {
      const mended = await this.mend(child);
      if (mended.entry !== undefined) entries.push(mended.entry);
      lost.push(...mended.lost.map(path => `/${child.name}${path}`));
    }
    if (lost.length === 0) return [entry, lost];
    const { incomplete = '' } = entry.summary ?? {};
    const summary = { ...summaryOf(entries, entry.mtime), incomplete };
    const object = await this.#store([writeDirectory(entries, summary)], 'k');
    return [{ ...entry, object, summary }, lost];
  }

  async #read({ object }: DirectoryEntry): Promise<Directory | undefined> {
    if (!(await this.#objects.isWhole(object))) return undefined;
    try {
      return await readDirectory(this.#repository, object, this.#options);
    } catch (thrown) {
      if (isDamage(thrown) || isHozonError(thrown, 'repository.kopia-content-missing')) return undefined;
      throw thrown;
    }
  }

  async #replaced(entry: DirectoryEntry): Promise<Mended> {
    const lost = [''];
    if (this.#options.replacement === 'remove') return { entry: undefined, lost };
    const bytes = stubOf(entry);
    const stub = { type: 'f', size: bytes.length, summary: undefined } as const;
    const object = await this.#store([bytes], '');
    return { entry: { ...entry, ...stub, name: `.INVALID.${entry.name}`, object }, lost };
  }

  async #store(body: readonly Buffer[], prefix: string): Promise<string> {
    const { writer } = this.#options;
    if (writer === undefined) return `${prefix}changed`;
    const compression = prefix === '' ? undefined : metadataCompressor;
    return (await writer.object(body, { prefix, compression })).id;
  }
}

function stubOf(entry: DirectoryEntry): Buffer {
  const document = {
    info: 'Hozon put this file in the place of an entry that cannot be read.',
    error: 'its content, or a part of it, is lost',
    entry: writeEntry(entry),
  };
  return Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
}
