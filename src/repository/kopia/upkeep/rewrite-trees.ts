import type { StoreOptions } from '#storage/object-store.ts';
import { type BytePath, bytePath } from '../../trees/byte-path.ts';
import { readDirectory } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { summaryOf } from '../copying/summary.ts';
import { type DirectoryEntry, writeDirectory } from '../format/directory.ts';
import type { KopiaWriter } from '../writing/kopia-writer.ts';
import { metadataCompressor } from '../writing/storing-objects.ts';

/** Whether an entry is taken out, with what is below it; by its path from the snapshot's root on, `/` first. */
export type TakesOut = (path: BytePath, entry: DirectoryEntry) => boolean;

export interface RewriteTreesOptions extends StoreOptions {
  readonly takesOut: TakesOut;
  /** Absent in a dry run: nothing is stored, and ids of directories are made up. */
  readonly writer: KopiaWriter | undefined;
}

/** What a directory became. */
export interface RewrittenDirectory {
  readonly entry: DirectoryEntry;
  /** Entries that were taken out; what is below them is not counted. */
  readonly takenOut: number;
}

/** Results that are remembered at most: some 30 MB. */
const limit = 100_000;

/** Takes entries out of directories, as `kopia snapshot fix remove-files` does. Where nothing is taken out, a directory stays as it is. */
export class TreeRewrite {
  readonly #repository: IndexedKopia;
  readonly #options: RewriteTreesOptions;
  /** What directories became, by their objects and where they are. */
  readonly #known = new Map<string, Pick<DirectoryEntry, 'object' | 'summary'> & { takenOut: number }>();

  constructor(repository: IndexedKopia, options: RewriteTreesOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  /** @throws as reading directories, and as the writer does */
  async rewrite(entry: DirectoryEntry, path: BytePath = ''): Promise<RewrittenDirectory> {
    const key = `${entry.object}${path}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      const { object, summary, takenOut } = known;
      return { entry: { ...entry, object, summary }, takenOut };
    }
    const rewritten = await this.#below(entry, path);
    const { object, summary } = rewritten.entry;
    if (this.#known.size < limit) this.#known.set(key, { object, summary, takenOut: rewritten.takenOut });
    return rewritten;
  }

  async #below(entry: DirectoryEntry, path: BytePath): Promise<RewrittenDirectory> {
    const { entries } = await readDirectory(this.#repository, entry.object, this.#options);
    const kept: DirectoryEntry[] = [];
    let takenOut = 0;
    for (const child of entries) {
      const place = `${path}/${bytePath(Buffer.from(child.name))}`;
      if (this.#options.takesOut(place, child)) {
        takenOut++;
        continue;
      }
      const inside = child.type === 'd' ? await this.rewrite(child, place) : { entry: child, takenOut: 0 };
      kept.push(inside.entry);
      takenOut += inside.takenOut;
    }
    if (takenOut === 0) return { entry, takenOut };
    const summary = { ...summaryOf(kept, entry.mtime), incomplete: entry.summary?.incomplete ?? '' };
    return { entry: { ...entry, object: await this.#store(kept, summary), summary }, takenOut };
  }

  async #store(
    entries: readonly DirectoryEntry[],
    summary: NonNullable<DirectoryEntry['summary']>,
  ): Promise<string> {
    const { writer } = this.#options;
    if (writer === undefined) return 'changed';
    const how = { prefix: 'k', compression: metadataCompressor };
    return (await writer.object([writeDirectory(entries, summary)], how)).id;
  }
}
