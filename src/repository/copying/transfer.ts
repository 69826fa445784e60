import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable, Described, StoredEntry } from '../browsing/browsable.ts';
import type { BytePath } from '../trees/byte-path.ts';
import type { FileToLand, LandedContent, LandedEntry, Landing } from './landing.ts';
import { Recent } from './recent.ts';
import { Slots } from './slots.ts';

export interface TransferOptions extends StoreOptions {
  /** Told of bytes that were read, and of each entry that came through. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly onEntry?: ((path: BytePath) => void) | undefined;
}

/** A directory of the source, and what became of it in the target. */
export interface CopiedDirectory<D> {
  readonly source: string;
  readonly landed: D;
}

interface DirectoryToCopy extends Pick<StoredEntry, 'missed'> {
  readonly source: string;
  readonly described: Described;
  readonly path: BytePath;
}

/** Contents and directories that are remembered at most; some 100 MB. */
const [contentsKept, directoriesKept] = [200_000, 200_000];

/** Files that are read at once, and directories that are looked into at once. */
const [filesAtOnce, directoriesAtOnce] = [12, 8];

/**
 * Copies trees of files between two repositories. A directory that was copied before, by the same id, is not looked into again; nor
 * is a file of the same content read again, as long as either is remembered or found in the copy of the snapshot before.
 */
export class Transfer<D> {
  readonly #from: Browsable;
  readonly #to: Landing<D>;
  readonly #options: TransferOptions;
  readonly #contents = new Recent<LandedContent>(contentsKept);
  readonly #directories = new Recent<D>(directoriesKept);
  readonly #files = new Slots(filesAtOnce);
  readonly #branches = new Slots(directoriesAtOnce);

  constructor(from: Browsable, to: Landing<D>, options: TransferOptions = {}) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  /**
   * Copies an entry with all below it; `undefined` where the target cannot hold such a one. `previous` is a directory that was copied
   * earlier, to be compared with.
   *
   * @throws as reading the source and writing the target do
   */
  async entry(
    stored: StoredEntry,
    path: BytePath,
    previous?: CopiedDirectory<D>,
  ): Promise<LandedEntry<D> | undefined> {
    const { name, described } = stored;
    if (described === undefined || !this.#to.canHold(described)) return undefined;
    this.#options.onEntry?.(path);
    if (stored.directory !== undefined) {
      const directory = { source: stored.directory, described, path, missed: stored.missed };
      return { name, described, directory: await this.#directory(directory, previous) };
    }
    if (described.type !== 'file') return { name, described };
    const content = await this.#content(stored.content, { name, size: described.size });
    return { name, described: sized(described, content), content };
  }

  async #directory(
    { source, described, path, missed }: DirectoryToCopy,
    previous: CopiedDirectory<D> | undefined,
  ): Promise<D> {
    const known = previous?.source === source ? previous.landed : this.#directories.get(source);
    if (known !== undefined) return this.#to.sameEntries(known, described);
    const { signal } = this.#options;
    const listed = await this.#from.list(source, { targets: true, signal });
    const before = previous === undefined ? undefined : await this.#before(previous);
    const below = (each: StoredEntry): Promise<LandedEntry<D> | undefined> => {
      const own = path === '' ? each.name : `${path}/${each.name}`;
      return this.entry(each, own, before?.get(each.name));
    };
    const landed = await this.#all(listed, below);
    const directory = await this.#to.directory(landed, described, missed);
    this.#directories.set(source, directory);
    return directory;
  }

  /** Directories go side by side while there is room, files in any case: their contents wait for room of their own. */
  async #all(
    listed: readonly StoredEntry[],
    below: (entry: StoredEntry) => Promise<LandedEntry<D> | undefined>,
  ): Promise<LandedEntry<D>[]> {
    const results: Promise<LandedEntry<D> | undefined>[] = [];
    try {
      for (const each of listed) {
        this.#options.signal?.throwIfAborted();
        if (each.directory === undefined) await this.#files.room();
        const work = (): Promise<LandedEntry<D> | undefined> => below(each);
        const result = each.directory === undefined ? this.#files.run(work) : this.#branches.run(work);
        result.catch(() => {}); // awaited below; until then it must not count as unhandled
        results.push(result);
        if (each.directory !== undefined && this.#branches.full) await result;
      }
      return (await Promise.all(results)).filter(each => each !== undefined);
    } finally {
      await Promise.allSettled(results);
    }
  }

  /** The directories of a directory that was copied earlier; what its files became is remembered. */
  async #before({ source, landed }: CopiedDirectory<D>): Promise<Map<BytePath, CopiedDirectory<D>>> {
    const { signal } = this.#options;
    const [listed, there] = await Promise.all([
      this.#from.list(source, { signal }),
      this.#to.entries(landed, { signal }),
    ]);
    const directories = new Map<BytePath, CopiedDirectory<D>>();
    for (const { name, directory, content } of listed) {
      const copied = there.get(name);
      if (directory !== undefined && copied?.directory !== undefined) {
        directories.set(name, { source: directory, landed: copied.directory });
      } else if (directory === undefined && copied?.content !== undefined) {
        this.#contents.set(content.join(), copied.content);
      }
    }
    return directories;
  }

  async #content(parts: readonly string[], file: FileToLand): Promise<LandedContent> {
    const key = parts.join();
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const landed = await this.#to.file(this.#counted(parts), file);
    this.#contents.set(key, landed);
    return landed;
  }

  async *#counted(parts: readonly string[]): AsyncGenerator<Buffer> {
    const { signal, onBytes } = this.#options;
    for await (const piece of this.#from.read(parts, { signal })) {
      onBytes?.(piece.length);
      yield piece;
    }
  }
}

/** What is stored counts, whatever the entry said. */
function sized(described: Described, { size }: LandedContent): Described {
  return described.size === size ? described : { ...described, size };
}
