import { mapConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { oldIndexPrefixes } from '../format/epoch-names.ts';
import { type CompactionLog, readCompactionLog } from '../format/old-index-logs.ts';
import type { BlobInfo } from './blobs.ts';
import { naming } from './naming.ts';
import type { OpenKopia } from './open.ts';
import { readSealedBlob } from './sealed-blobs.ts';

const [indexPrefix, logPrefix] = oldIndexPrefixes;
/** Clients too old for epochs are stopped by an index that none of them can read. */
const poisonId =
  'n00000000000000000000000000000000-repository_unreadable_by_this_kopia_version_upgrade_required';
const concurrency = 8;

/**
 * The index blobs of a repository without epochs: those that no log of a compaction says were merged into others that are there.
 *
 * @throws `repository.damaged` and what the store throws
 */
export async function activeOldIndexes(
  repository: OpenKopia,
  options: StoreOptions,
): Promise<readonly BlobInfo[]> {
  const { blobs } = repository;
  const logs = await Array.fromAsync(blobs.list(logPrefix, options));
  const indexes = await Array.fromAsync(blobs.list(indexPrefix, options));
  const active = new Map(indexes.map(blob => [blob.id, blob]));
  active.delete(poisonId);
  const compactions = await readCompactions(repository, logs, options);
  const valid = compactions.filter(({ log }) => log.outputs.every(({ id }) => active.has(id)));
  for (const { log } of valid) for (const { id } of log.inputs) active.delete(id);
  return [...active.values()];
}

/** A blob `m…` and what it says. */
export interface OldCompaction {
  readonly blob: BlobInfo;
  readonly log: CompactionLog;
}

/** What logs of compactions say; those that somebody removes meanwhile are left out. @throws as {@link activeOldIndexes} does */
export async function readCompactions(
  repository: OpenKopia,
  logs: readonly BlobInfo[],
  options: StoreOptions,
): Promise<readonly OldCompaction[]> {
  const read = mapConcurrent(logs, concurrency, async blob => {
    const plain = await findSealed(repository, blob.id, options);
    if (plain === undefined) return undefined;
    return { blob, log: await naming(repository.store, blob.id, async () => readCompactionLog(plain)) };
  });
  const found = await Array.fromAsync(read);
  return found.filter(each => each !== undefined);
}

/** {@link readSealedBlob}; `undefined` where there is no such blob any more. @throws as it does otherwise */
export async function findSealed(
  repository: OpenKopia,
  id: string,
  options: StoreOptions,
): Promise<Buffer | undefined> {
  try {
    return await readSealedBlob(repository, id, options);
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing')) return undefined;
    throw thrown;
  }
}
