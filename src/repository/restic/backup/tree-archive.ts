import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Counting, type TreeStatistics } from '../../archiving/statistics.ts';
import { UnderWay } from '../../archiving/under-way.ts';
import { raise } from '../../errors.ts';
import { type BytePath, bytePath, pathBytes } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { FoundEntry, SourceEvent } from '../../trees/source.ts';
import { isDamage } from '../access/blobs.ts';
import type { ContentSink } from '../pipeline/content-sink.ts';
import { Directory } from './directory.ts';
import { FileArchive } from './file-archive.ts';
import { type NodeHead, nodeHeads, nodeName } from './node-text.ts';
import type { ParentTrees } from './parent-trees.ts';
import { type PreviousNode, PreviousTree, type SameFile } from './previous-tree.ts';

/** An entry that is not in the snapshot as it is in the source, or of which the parent was not as it should be. */
export interface FailedPath {
  readonly path: Buffer;
  readonly error: Error;
}

export interface ArchiveOptions extends SameFile, StoreOptions {
  readonly withAtime: boolean;
  /** Told of each failure at once. */
  readonly onFailure?: ((failure: FailedPath) => void) | undefined;
  /** Told when more of a stream was read. */
  readonly onRead?: (() => void) | undefined;
  /** Where unchanged content is looked for. */
  readonly parent?: { readonly trees: ParentTrees; readonly tree: string } | undefined;
}

/** Trees that are being stored at once. */
const treesUnderWay = 64;

/** An entry that was found, and where its node goes. */
interface Found {
  readonly entry: Entry;
  readonly path: BytePath;
  readonly name: string;
  readonly head: string;
  readonly directory: Directory;
  readonly slot: number;
}

/**
 * Makes a snapshot's trees out of a source's events. A directory is held until all of it is stored, then only the id of its tree
 * is; where the parent's tree of a directory reads the same, it is taken without being made again.
 */
export class TreeArchive {
  readonly failures: FailedPath[] = [];
  readonly #counting = new Counting();
  readonly #sink: ContentSink;
  readonly #options: ArchiveOptions;
  readonly #files: FileArchive;
  readonly #nodeHead: NodeHead;
  readonly #trees = new UnderWay();
  /** Directories that may get more entries. */
  readonly #open = new Map<BytePath, Directory>();
  #root: string | undefined;
  #current = '';

  constructor(sink: ContentSink, options: ArchiveOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#nodeHead = nodeHeads(options);
    const onFailure = (path: Buffer, error: Error): void => this.#failed({ path, error });
    this.#files = new FileArchive(sink, {
      nodeHead: this.#nodeHead,
      counting: this.#counting,
      onFailure,
      onRead: options.onRead,
    });
  }

  get statistics(): TreeStatistics {
    return this.#counting;
  }

  /** Bytes so far, also of a stream that has not ended. */
  get bytes(): number {
    return this.#counting.bytes + this.#files.reading;
  }

  /** The path of the entry that was taken last. */
  get current(): string {
    return pathBytes(this.#current).toString();
  }

  /** Opens the root. */
  async begin(): Promise<void> {
    const tree = this.#options.parent?.tree;
    const previous = tree === undefined ? undefined : await this.#previous(tree, '');
    this.#open.set('', new Directory(undefined, previous));
  }

  /** Takes one batch of a source's events, and waits until there is room for the next. @throws what the sink throws */
  async take(events: readonly SourceEvent[]): Promise<void> {
    for (const event of events) {
      const waiting = this.#takeOne(event);
      if (waiting !== undefined) await waiting;
    }
    await this.#files.room();
    await this.#trees.below(treesUnderWay);
  }

  /** Waits until everything is with the sink; the id of the root's tree. @throws `repository.nothing-stored`, what the sink throws */
  async end(): Promise<string> {
    await this.#files.drain();
    if (this.#open.get('')?.isEmpty === true) throw raise['nothing-stored']();
    const open = [...this.#open.values()].toReversed();
    this.#open.clear();
    for (const directory of open) directory.leave();
    for (const directory of open) this.#settle(directory);
    while (this.#trees.count > 0) await this.#trees.below(this.#trees.count);
    await this.#trees.below(1);
    if (this.#root === undefined) throw new Error('the root was not stored');
    return this.#root;
  }

  #takeOne(event: SourceEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'entry':
        return this.#entry(event);
      case 'failed':
        this.#failed(event);
        return undefined;
      case 'left':
        this.#leave(bytePath(event.path));
        return undefined;
    }
  }

  #failed({ path, error }: FailedPath): void {
    this.failures.push({ path, error });
    this.#options.onFailure?.({ path, error });
  }

  #leave(path: BytePath): void {
    const directory = this.#open.get(path);
    if (directory === undefined) throw new Error(`a directory was left that was not found: ${path}`);
    this.#open.delete(path);
    directory.leave();
    this.#settle(directory);
  }

  #entry({ entry, content }: FoundEntry): Promise<void> | undefined {
    if (entry.type === 'socket') return undefined;
    const path = bytePath(entry.path);
    this.#current = path;
    const end = path.lastIndexOf('/');
    const directory = this.#open.get(end === -1 ? '' : path.slice(0, end));
    if (directory === undefined) throw new Error(`an entry was found outside of an open directory: ${path}`);
    const own = path.slice(end + 1);
    const name = nodeName(own);
    const head = this.#nodeHead(entry, name);
    const found = { entry, path, name, head, directory, slot: directory.slot(own) };
    const previous = directory.previous?.find(found);
    if (entry.type === 'dir') return this.#directory(found, previous);
    const put = (text: string, same: boolean): void => this.#put(found, text, same);
    if (entry.type !== 'file') put(`${head}null}`, previous?.text !== undefined);
    else if (content === undefined) throw new Error(`a file was found without content: ${path}`);
    else return this.#files.take({ entry, content, path, name, head }, previous, put);
    return undefined;
  }

  #put({ directory, slot }: Pick<Found, 'directory' | 'slot'>, text: string, same: boolean): void {
    directory.fill(slot, text, same);
    this.#settle(directory);
  }

  #directory(found: Found, previous: PreviousNode | undefined): Promise<void> | undefined {
    const { path, directory: parent, slot, head } = found;
    const tree = previous?.subtree;
    const expected = previous?.text === undefined ? undefined : tree;
    const place = { parent, slot, head, expected, known: previous !== undefined };
    const open = (opened: PreviousTree | undefined): void =>
      void this.#open.set(path, new Directory(place, opened));
    const opened = tree === undefined ? undefined : this.#previous(tree, path);
    if (opened instanceof Promise) return opened.then(open);
    open(opened);
    return undefined;
  }

  /** The parent's tree of a directory. One that cannot be read is named, and its directory compared with nothing. */
  #previous(id: string, path: BytePath): PreviousTree | Promise<PreviousTree | undefined> | undefined {
    const text = this.#options.parent?.trees.read(id);
    if (text === undefined) return undefined;
    if (typeof text === 'string') return new PreviousTree(id, text, this.#options);
    return this.#waitForPrevious(id, path, text);
  }

  async #waitForPrevious(
    id: string,
    path: BytePath,
    text: Promise<string>,
  ): Promise<PreviousTree | undefined> {
    try {
      return new PreviousTree(id, await text, this.#options);
    } catch (thrown) {
      if (!isDamage(thrown) && !isHozonError(thrown, 'repository.blob-missing')) throw thrown;
      this.#failed({ path: pathBytes(path), error: thrown });
      return undefined;
    }
  }

  /** Stores a directory's tree once, when all of it is known. */
  #settle(directory: Directory): void {
    if (!directory.settle()) return;
    const same = directory.sameTree;
    if (same === undefined) this.#trees.add(this.#store(directory));
    else this.#named(directory, same);
  }

  async #store(directory: Directory): Promise<void> {
    this.#named(directory, await this.#sink.tree(directory.encode()));
  }

  #named(directory: Directory, tree: string): void {
    const { place } = directory;
    if (place === undefined) {
      this.#root = tree;
      return;
    }
    this.#counting.directory(directory.compare(tree));
    this.#put(
      { directory: place.parent, slot: place.slot },
      `${place.head}${tree}"}`,
      place.expected === tree,
    );
  }
}
