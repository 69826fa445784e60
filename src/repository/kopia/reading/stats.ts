import type { StoreOptions } from '#storage/object-store.ts';
import type { BrowsedSnapshot, StoredEntry } from '../../browsing/browsable.ts';
import { DigestSet } from '../../browsing/digest-set.ts';
import { type Compression, compressionOf, type Stats, type StatsMode } from '../../browsing/stats.ts';
import { type FoundEntry, walkStored } from '../../browsing/walk.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { kopiaBrowsable } from '../browsing/browsable.ts';
import { parseObjectId } from '../format/object-id.ts';
import { contentsOf, numberOf, objectOf } from './content-marks.ts';

export interface KopiaStatsOptions extends StoreOptions {
  readonly mode: StatsMode;
}

/**
 * Counts what snapshots hold, or need, with the meanings that the modes have for restic; contents are blobs. Files of several names are
 * several files, for kopia does not know better.
 *
 * @throws `repository.kopia-content-missing` and as reading directories does
 */
export async function kopiaStats(
  repository: IndexedKopia,
  snapshots: readonly BrowsedSnapshot[],
  { mode, signal }: KopiaStatsOptions,
): Promise<Stats> {
  if (mode === 'raw-data') return rawData(repository, snapshots, { signal });
  const counter = counters[mode](repository);
  const browsable = kopiaBrowsable(repository);
  for (const { root } of snapshots) {
    for await (const found of walkStored(browsable, { entry: root, path: '' }, { signal })) {
      await counter.count(found);
    }
  }
  return { mode, snapshots: snapshots.length, ...counter.result() };
}

interface Counter {
  count(found: FoundEntry): void | Promise<void>;
  result(): Pick<Stats, 'size' | 'files' | 'blobs'>;
}

const counters: Readonly<Record<Exclude<StatsMode, 'raw-data'>, (repository: IndexedKopia) => Counter>> = {
  'restore-size': restoreSize,
  'files-by-contents': filesByContents,
  'blobs-per-file': blobsPerFile,
};

function restoreSize(): Counter {
  let [files, size] = [0, 0];
  return {
    count: ({ entry }) => {
      files++;
      size += entry.described?.size ?? 0;
    },
    result: () => ({ files, size }),
  };
}

function filesByContents(): Counter {
  const contents = new DigestSet();
  let [files, size] = [0, 0];
  return {
    count: ({ entry }) => {
      if (entry.type !== 'file' || !contents.add(entry.content.join(' '))) return;
      files++;
      size += entry.described?.size ?? 0;
    },
    result: () => ({ files, size }),
  };
}

function blobsPerFile(repository: IndexedKopia): Counter {
  const [contents, paths, contentsOfPaths] = [new DigestSet(), new DigestSet(), new DigestSet()];
  let size = 0;
  return {
    count: async ({ path, entry: { type, content } }) => {
      const [object] = content;
      if (type !== 'file' || object === undefined || !contents.add(object)) return;
      paths.add(path);
      for (const id of await contentsOf(repository, object)) {
        if (!contentsOfPaths.add(Buffer.concat([path, Buffer.from(`\0${id}`)]))) continue;
        size += repository.index.originalLength(numberOf(repository, id));
      }
    },
    result: () => ({ files: paths.size, blobs: contentsOfPaths.size, size }),
  };
}

async function rawData(
  repository: IndexedKopia,
  snapshots: readonly BrowsedSnapshot[],
  { signal }: StoreOptions,
): Promise<Stats> {
  const { index, sealer } = repository;
  const used = new Uint8Array(index.size);
  const objects = new DigestSet();
  const browsable = kopiaBrowsable(repository);
  const use = async (entry: StoredEntry): Promise<void> => {
    const object = objectOf(entry);
    if (object === undefined) return;
    const parsed = parseObjectId(object);
    // What is one content is noted by its number, which takes a byte.
    if (parsed?.levels === 0) {
      used[numberOf(repository, parsed.content)] = 1;
      return;
    }
    if (!objects.add(object)) return;
    for (const id of await contentsOf(repository, object, { signal })) used[numberOf(repository, id)] = 1;
  };
  const waiting = snapshots.map(({ root }) => root);
  const entered = new Set<string>();
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    await use(entry);
    const { directory } = entry;
    if (directory === undefined || entered.has(directory)) continue;
    entered.add(directory);
    waiting.push(...(await browsable.list(directory, { signal })));
  }
  const sums = { blobs: 0, size: 0, uncompressed: 0, compressed: 0, beforeCompression: 0 };
  for (const number of index.numbers()) {
    if (used[number] !== 1) continue;
    const plain = index.originalLength(number) + sealer.overhead;
    sums.blobs++;
    sums.size += index.sealedLength(number);
    sums.uncompressed += plain;
    if (index.compression(number) === 0) continue;
    sums.compressed += index.sealedLength(number);
    sums.beforeCompression += plain;
  }
  const { blobs, size } = sums;
  const compression: Compression = compressionOf(sums);
  return { mode: 'raw-data', snapshots: snapshots.length, blobs, size, compression };
}
