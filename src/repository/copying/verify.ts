import { createHash } from 'node:crypto';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable, BrowsedSnapshot, Described, StoredEntry } from '../browsing/browsable.ts';
import { type BytePath, pathBytes } from '../trees/byte-path.ts';
import type { CopySource } from './copy.ts';
import type { Landing } from './landing.ts';
import { placeOf } from './place.ts';
import { Recent } from './recent.ts';

/** What a copy is other than its source in. */
export interface Difference {
  /** The source's. */
  readonly snapshot: string;
  readonly path: string;
  readonly what: 'missing' | 'extra' | 'type' | 'metadata' | 'content';
}

/** A snapshot, and its copy. */
export interface CopiedPair {
  readonly source: BrowsedSnapshot;
  readonly copy: BrowsedSnapshot;
}

export interface VerifyOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
  /** What the format of the copies can hold. */
  readonly landing: Pick<Landing<unknown>, 'canHold' | 'named'>;
}

/** Directories and contents that are remembered to be the same, at most. */
const remembered = 200_000;
/** Files that are compared at once. */
const filesAtOnce = 8;

/**
 * Reads copies and what they are copies of, and compares their directories, their metadata as far as the copy's format holds it, and
 * the SHA-256 of every file. What two snapshots of one repository share is compared once.
 *
 * @throws as reading either repository does
 */
export async function verifyCopies(
  from: CopySource,
  to: CopySource,
  pairs: Iterable<CopiedPair>,
  options: VerifyOptions,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  const comparison = new Comparison(from.browsable, to.browsable, options);
  for (const { source, copy } of pairs) {
    const [one, other] = await Promise.all([
      placeOf(from.browsable, source, { fromAbove: from.fromAbove, signal: options.signal }),
      placeOf(to.browsable, copy, { fromAbove: to.fromAbove, signal: options.signal }),
    ]);
    comparison.onDifference = (path, what) =>
      differences.push({ snapshot: source.id, path: pathBytes(path || '/').toString(), what });
    await comparison.compare(one.entry, other.entry, '');
  }
  return differences;
}

type OnDifference = (path: BytePath, what: Difference['what']) => void;

type Pair = readonly [StoredEntry, StoredEntry];

class Comparison {
  readonly #from: Browsable;
  readonly #to: Browsable;
  readonly #options: VerifyOptions;
  readonly #same = new Recent<true>(remembered);
  #done = 0;
  onDifference: OnDifference = () => {};

  constructor(from: Browsable, to: Browsable, options: VerifyOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  /** Compares two entries and all below them; how many differences there are. The root of a tree may have no metadata of its own. */
  async compare(one: StoredEntry, other: StoredEntry, path: BytePath): Promise<number> {
    const { progress = noProgress, signal } = this.#options;
    signal?.throwIfAborted();
    progress({ phase: 'verify', done: ++this.#done, unit: 'items', current: pathBytes(path).toString() });
    const [a, b] = [one.described, other.described];
    if (a?.type !== b?.type) return this.#differs(path, 'type');
    const isRoot = path === '' && (one.name === '' || other.name === '');
    const metadata = isRoot || isSame(a, b) ? 0 : this.#differs(path, 'metadata');
    return metadata + (await this.#inside(one, other, path));
  }

  async #inside(one: StoredEntry, other: StoredEntry, path: BytePath): Promise<number> {
    if (one.directory !== undefined && other.directory !== undefined) {
      return this.#directories(one.directory, other.directory, path);
    }
    const isFile = one.described?.type === 'file';
    const same = !isFile || (await this.#isSameContent(one.content, other.content));
    return same ? 0 : this.#differs(path, 'content');
  }

  #differs(path: BytePath, what: Difference['what']): number {
    this.onDifference(path, what);
    return 1;
  }

  async #directories(one: string, other: string, path: BytePath): Promise<number> {
    const key = `${one} ${other}`;
    if (this.#same.get(key) === true) return 0;
    const { landing, signal } = this.#options;
    const [listed, copied] = await Promise.all([
      this.#from.list(one, { targets: true, signal }),
      this.#to.list(other, { targets: true, signal }),
    ]);
    const held = landing.named(listed.filter(({ described }) => described && landing.canHold(described)));
    const copies = new Map(copied.map(each => [each.name, each]));
    const pairs: Pair[] = [];
    let found = 0;
    for (const each of held) {
      const copy = copies.get(each.name);
      copies.delete(each.name);
      if (copy === undefined) found += this.#differs(below(path, each.name), 'missing');
      else pairs.push([each, copy]);
    }
    for (const name of copies.keys()) found += this.#differs(below(path, name), 'extra');
    found += await this.#all(pairs, path);
    if (found === 0) this.#same.set(key, true);
    return found;
  }

  /** Files side by side, directories one after the other. */
  async #all(pairs: readonly Pair[], path: BytePath): Promise<number> {
    let found = 0;
    const compare = async ([one, other]: Pair): Promise<void> => {
      const differences = await this.compare(one, other, below(path, one.name));
      found += differences;
    };
    const isDirectory = ([one]: Pair): boolean => one.directory !== undefined;
    await forEachConcurrent(
      pairs.filter(pair => !isDirectory(pair)),
      filesAtOnce,
      compare,
    );
    for (const pair of pairs.filter(isDirectory)) await compare(pair);
    return found;
  }

  async #isSameContent(one: readonly string[], other: readonly string[]): Promise<boolean> {
    const key = `${one.join()} ${other.join()}`;
    if (this.#same.get(key) === true) return true;
    const [a, b] = await Promise.all([this.#digest(this.#from, one), this.#digest(this.#to, other)]);
    if (a !== b) return false;
    this.#same.set(key, true);
    return true;
  }

  async #digest(repository: Browsable, content: readonly string[]): Promise<string> {
    const hash = createHash('sha256');
    for await (const piece of repository.read(content, { signal: this.#options.signal })) hash.update(piece);
    return hash.digest('hex');
  }
}

/** In all that every format holds. Sizes are compared with the contents. */
function isSame(a: Described | undefined, b: Described | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.mtime === b.mtime &&
    (a.target ?? Buffer.alloc(0)).equals(b.target ?? Buffer.alloc(0))
  );
}

function below(path: BytePath, name: BytePath): BytePath {
  return path === '' ? name : `${path}/${name}`;
}
