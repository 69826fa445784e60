import type { StoreOptions } from '#storage/object-store.ts';
import { DigestSet } from '../../browsing/digest-set.ts';
import { compressionOf, type Stats, type StatsMode } from '../../browsing/stats.ts';
import { raise } from '../../errors.ts';
import { wholeNumber } from '../../format/go-json.ts';
import { contentSize } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import type { TreeNode } from '../format/tree.ts';
import { sealOverhead } from '../sealing/seal.ts';
import { type Entry, walkSnapshot } from './browse.ts';
import { everyTree } from './every-tree.ts';

export interface StatsOptions extends StoreOptions {
  readonly mode: StatsMode;
}

/** Counts what snapshots hold, or need. @throws `repository.blob-missing` and as reading blobs does */
export async function statsOf(
  repository: IndexedRepository,
  snapshots: readonly StoredSnapshot[],
  options: StatsOptions,
): Promise<Stats> {
  const { mode } = options;
  if (mode === 'raw-data') return rawData(repository, snapshots, options);
  const counter = counters[mode](repository);
  for (const snapshot of snapshots) {
    counter.begin?.();
    for await (const entry of walkSnapshot(repository, snapshot, { signal: options.signal })) {
      counter.count(entry);
    }
  }
  return { mode, snapshots: snapshots.length, ...counter.result() };
}

interface Counter {
  /** A snapshot begins. */
  begin?(): void;
  count(entry: Entry): void;
  result(): Pick<Stats, 'size' | 'files' | 'blobs'>;
}

const counters: Readonly<Record<Exclude<StatsMode, 'raw-data'>, (repository: IndexedRepository) => Counter>> =
  {
    'restore-size': restoreSize,
    'files-by-contents': filesByContents,
    'blobs-per-file': blobsPerFile,
  };

function restoreSize(): Counter {
  let [files, size] = [0, 0];
  let linked = new Set<string>();
  return {
    begin: () => {
      linked = new Set();
    },
    count: ({ node }) => {
      files++;
      if (isFirstLink(node, linked)) size += sizeOf(node);
    },
    result: () => ({ files, size }),
  };
}

/** Whether it is the first of the names of one file that was met. */
function isFirstLink(node: TreeNode, linked: Set<string>): boolean {
  if (node['links'] === 1 || node.type === 'dir') return true;
  const inode = wholeNumber(node['inode']) ?? 0n;
  if (inode === 0n) return true;
  const name = `${inode} ${wholeNumber(node['device_id']) ?? 0n}`;
  if (linked.has(name)) return false;
  linked.add(name);
  return true;
}

function sizeOf(node: TreeNode): number {
  return Number(wholeNumber(node.size) ?? 0n);
}

function filesByContents(repository: IndexedRepository): Counter {
  const contents = new Contents(repository);
  let [files, size] = [0, 0];
  return {
    count: ({ node }) => {
      if (!contents.isNew(node)) return;
      files++;
      size += sizeOf(node);
    },
    result: () => ({ files, size }),
  };
}

function blobsPerFile(repository: IndexedRepository): Counter {
  const contents = new Contents(repository);
  const paths = new DigestSet();
  const blobsOfPaths = new DigestSet();
  let size = 0;
  return {
    count: ({ path, node }) => {
      if (!contents.isNew(node)) return;
      for (const id of node.content ?? []) {
        paths.add(path);
        if (blobsOfPaths.add(Buffer.concat([path, Buffer.from(`\0${id}`)]))) {
          size += contentSize(repository.index.place(entryOf(repository, id)));
        }
      }
    },
    result: () => ({ files: paths.size, blobs: blobsOfPaths.size, size }),
  };
}

function entryOf({ index, store: { url } }: IndexedRepository, id: string): number {
  const entry = index.first('data', id);
  if (entry < 0) throw raise['blob-missing']({ url, kind: 'data', id });
  return entry;
}

/** Which contents were met. One of a single blob, as most are, takes a bit. */
class Contents {
  readonly #repository: IndexedRepository;
  readonly #single: Uint8Array;
  readonly #others = new DigestSet();

  constructor(repository: IndexedRepository) {
    this.#repository = repository;
    this.#single = new Uint8Array(Math.ceil(repository.index.size / 8));
  }

  isNew({ content }: TreeNode): boolean {
    const [first, second] = content ?? [];
    const entry = first === undefined ? -1 : this.#repository.index.first('data', first);
    if (entry < 0 || second !== undefined) return this.#others.add((content ?? []).join(''));
    const [at, bit] = [entry >> 3, 1 << (entry & 7)];
    const met = this.#single[at] ?? 0;
    this.#single[at] = met | bit;
    return (met & bit) === 0;
  }
}

async function rawData(
  repository: IndexedRepository,
  snapshots: readonly StoredSnapshot[],
  { signal }: StatsOptions,
): Promise<Stats> {
  const sums = { blobs: 0, size: 0, uncompressed: 0, compressed: 0, beforeCompression: 0 };
  const used = new Uint8Array(repository.index.size);
  const use = (entry: number): void => {
    if (used[entry] === 1) return;
    used[entry] = 1;
    const place = repository.index.place(entry);
    const plain = contentSize(place) + sealOverhead;
    sums.blobs++;
    sums.size += place.length;
    sums.uncompressed += plain;
    if (place.uncompressed === 0) return;
    sums.compressed += place.length;
    sums.beforeCompression += plain;
  };
  const roots = snapshots.map(({ document }) => document.tree);
  await everyTree(
    repository,
    roots,
    ({ entry, nodes, failure }) => {
      if (failure !== undefined) throw failure;
      use(entry);
      for (const { type, content } of nodes) {
        if (type === 'file') for (const id of content ?? []) use(entryOf(repository, id));
      }
    },
    { signal },
  );
  const { blobs, size } = sums;
  const stats: Stats = { mode: 'raw-data', snapshots: snapshots.length, blobs, size };
  return repository.config.version === 1 ? stats : { ...stats, compression: compressionOf(sums) };
}
