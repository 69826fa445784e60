import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { BrowsedSnapshot, Described, StoredEntry } from '../../browsing/browsable.ts';
import type {
  LandedContent,
  LandedEntry,
  LandedSnapshot,
  Landing,
  Loss,
  ThereEntry,
} from '../../copying/landing.ts';
import { madeUp, segmentsOf } from '../../copying/place.ts';
import { localTime } from '../../format/go-local-time.ts';
import { type BytePath, bytePath, pathBytes } from '../../trees/byte-path.ts';
import { readTreeBlob } from '../access/blobs.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import { requireWritable, saveDocument } from '../access/save.ts';
import { findSnapshot } from '../access/snapshots.ts';
import { Directory } from '../backup/directory.ts';
import { contentText, type NodeHead, nodeHeads, nodeName } from '../backup/node-text.ts';
import { type SnapshotDocument, writeSnapshot } from '../format/snapshot.ts';
import { nameOf } from '../format/tree.ts';
import type { Compression } from '../format/zstd.ts';
import type { ContentSink } from '../pipeline/content-sink.ts';
import { openWorkerSink } from '../pipeline/worker-sink.ts';
import { subtreeOf } from '../reading/subtrees.ts';
import { resticTags } from './foreign-tags.ts';

export interface ResticLandingOptions extends StoreOptions {
  readonly clock: Clock;
  readonly compression?: Compression | undefined;
  /** What says that it wrote the snapshots: a name and a version. */
  readonly program?: string | undefined;
}

/**
 * A restic repository that snapshots of another format are copied to; locked by the caller as who adds to it. A directory is called by the
 * id of its tree.
 *
 * @throws `repository.foreign` for version 1
 */
export function resticLanding(repository: IndexedRepository, options: ResticLandingOptions): Landing<string> {
  requireWritable(repository);
  return new ResticLanding(repository, options);
}

class ResticLanding implements Landing<string> {
  readonly #options: ResticLandingOptions;
  readonly #nodeHead: NodeHead = nodeHeads({ withAtime: true });
  #repository: IndexedRepository;
  #sink: Promise<ContentSink> | undefined;
  /** Whether indexes were written since the index was read. */
  #stale = false;

  constructor(repository: IndexedRepository, options: ResticLandingOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  get url(): string {
    return this.#repository.store.url;
  }

  lossesOf({ described }: StoredEntry): readonly Loss[] {
    return described === undefined || !this.canHold(described) ? ['special-files'] : [];
  }

  lossesOfSnapshot({ pins, description = '', incomplete, ended }: BrowsedSnapshot): readonly Loss[] {
    const tagged = pins.length > 0 || description !== '' || incomplete !== undefined;
    return [
      ...(tagged ? (['as-tags'] as const) : []),
      ...(ended === undefined ? [] : (['run-details'] as const)),
    ];
  }

  canHold({ type }: Described): boolean {
    return type !== 'socket';
  }

  named<T>(entries: readonly T[]): readonly T[] {
    return entries;
  }

  async file(body: AsyncIterable<Buffer>): Promise<LandedContent> {
    const { content, size } = await (await this.#opened()).stream(body);
    return { ids: content, size };
  }

  async directory(entries: readonly LandedEntry<string>[]): Promise<string> {
    const directory = new Directory(undefined, undefined);
    for (const entry of entries) {
      directory.fill(directory.slot(entry.name), this.#text(entry), false);
    }
    return (await this.#opened()).tree(directory.encode());
  }

  /** A tree says nothing of the directory itself. */
  async sameEntries(directory: string): Promise<string> {
    return directory;
  }

  #text({ name, described, content, directory }: LandedEntry<string>): string {
    const head = this.#nodeHead({ ...described, path: pathBytes(name) }, nodeName(name));
    if (directory !== undefined) return `${head}${directory}"}`;
    return head + (content === undefined ? 'null}' : contentText(content.ids));
  }

  async entries(
    directory: string,
    options: StoreOptions = {},
  ): Promise<ReadonlyMap<BytePath, ThereEntry<string>>> {
    const nodes = await readTreeBlob(this.#repository, directory, options);
    const { index } = this.#repository;
    return new Map(
      nodes.map(node => {
        const ids = node.type === 'file' ? (node.content ?? []) : undefined;
        const whole = ids?.every(id => index.first('data', id) >= 0) === true;
        const content = ids !== undefined && whole ? { ids, size: Number(node.size ?? 0) } : undefined;
        return [bytePath(nameOf(node)), { content, directory: subtreeOf(node) }];
      }),
    );
  }

  async directoryOf(id: string, path: string, options: StoreOptions = {}): Promise<string | undefined> {
    const { document } = await findSnapshot(this.#repository, id, options);
    let tree: string | undefined = document.tree;
    for (const segment of segmentsOf(path)) {
      if (tree === undefined) return undefined;
      tree = (await this.entries(tree, options)).get(segment)?.directory;
    }
    return tree;
  }

  async snapshot(snapshot: LandedSnapshot<string>, options: StoreOptions = {}): Promise<string> {
    const tree = await this.#rootTree(snapshot);
    const sink = this.#sink;
    if (sink !== undefined) {
      await (await sink).finish(options);
      await this.#dispose();
      this.#stale = true;
    }
    const document = this.#document(snapshot, tree);
    return saveDocument(this.#repository, 'snapshots', writeSnapshot(document), options);
  }

  /** Trees of restic begin at `/`: above the root come directories that are made up. */
  async #rootTree({ source, root }: LandedSnapshot<string>): Promise<string> {
    const above = madeUp(source.time);
    const names = [...segmentsOf(root.path)];
    const { directory } = root.entry;
    const own = names.pop();
    if (own === undefined && directory !== undefined) return directory;
    let tree = await this.directory([{ ...root.entry, name: own ?? root.entry.name }]);
    for (const name of names.toReversed()) {
      tree = await this.directory([{ name, described: above, directory: tree }]);
    }
    return tree;
  }

  #document({ source, root, origin }: LandedSnapshot<string>, tree: string): SnapshotDocument {
    const { tags, paths } = resticTags(source);
    const { program } = this.#options;
    return {
      time: localTime(source.time),
      tree,
      paths: paths ?? [root.path.startsWith('/') ? root.path : `/${root.path}`],
      hostname: source.host,
      username: source.user,
      ...(tags.length === 0 ? {} : { tags }),
      original: origin,
      ...(program === undefined ? {} : { program_version: program }),
    };
  }

  async #opened(): Promise<ContentSink> {
    this.#sink ??= this.#open();
    return this.#sink;
  }

  async #open(): Promise<ContentSink> {
    const { clock, compression, signal } = this.#options;
    if (this.#stale) this.#repository = await loadIndex(this.#repository, { signal });
    this.#stale = false;
    return openWorkerSink(this.#repository, { clock, compression, signal });
  }

  async #dispose(): Promise<void> {
    const sink = await this.#sink;
    this.#sink = undefined;
    await sink?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}
