import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { type IndexFile, parseIndex } from '../format/index.ts';
import { compareAt } from '../format/index-bytes.ts';
import { type IndexRun, runOf } from '../format/index-run.ts';
import { reasons } from '../format/reasons.ts';
import type { BlobInfo } from './blobs.ts';
import { naming } from './naming.ts';
import type { OpenKopia } from './open.ts';
import { readSealedBlob } from './sealed-blobs.ts';

/**
 * The indexes in these blobs, to be merged. Large ones of version 2 lie on this machine's disk where the repository has a cache; of the
 * others all bytes are held.
 *
 * @throws `repository.damaged` also where keys do not ascend, `file-missing` and what the store throws
 */
export async function indexRuns(
  repository: OpenKopia,
  blobs: readonly BlobInfo[],
  options: StoreOptions,
): Promise<readonly IndexRun[]> {
  const { indexPages } = repository;
  const onDisk = indexPages?.among(blobs) ?? new Set();
  const runs: IndexRun[] = [];
  for (const blob of blobs) {
    const large = onDisk.has(blob) ? await indexPages?.index(repository, blob, options) : undefined;
    runs.push(large ?? (await inMemory(repository, blob.id, options)));
  }
  return runs;
}

async function inMemory(repository: OpenKopia, id: string, options: StoreOptions): Promise<IndexRun> {
  const plain = await readSealedBlob(repository, id, options);
  return naming(repository.store, id, async () => {
    const file = parseIndex(plain, repository.sealer.overhead);
    if (!ascends(file)) throw new Fault(reasons.index);
    return runOf(file);
  });
}

function ascends(file: IndexFile): boolean {
  const { bytes, count, keySize } = file;
  for (let entry = 1; entry < count; entry++) {
    const before = file.keyAt(entry - 1);
    if (compareAt(bytes, file.keyAt(entry), bytes.subarray(before, before + keySize)) <= 0) return false;
  }
  return true;
}
