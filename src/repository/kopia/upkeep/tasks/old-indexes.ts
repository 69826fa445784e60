import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../../errors.ts';
import type { BlobInfo, KopiaBlobs } from '../../access/blobs.ts';
import { naming } from '../../access/naming.ts';
import { activeOldIndexes, findSealed, readCompactions } from '../../access/old-indexes.ts';
import { timeText } from '../../format/document-fields.ts';
import { oldIndexPrefixes } from '../../format/epoch-names.ts';
import { readCleanupLog, writeCleanupLog } from '../../format/old-index-logs.ts';
import { compactOldIndexes, putSealed } from '../old-index-compaction.ts';
import { replacedBy, settledCompactions, smallIndexes } from '../old-index-plan.ts';
import { notDeleted, removeBlobs, type Undeleted } from '../remove-blobs.ts';
import type { MaintenanceWork, Shortfall, TaskResult } from './work.ts';

/*
 * Indexes of repositories without epochs, as kopia's `repo/content/indexblob/index_blob_manager_v0.go` merges them. What was merged
 * goes an hour after the log that says so, the log an hour after what it names; each only in the course of a later compaction,
 * whose log tells the time by the storage's clock.
 */
const [indexPrefix, logPrefix, cleanupPrefix] = oldIndexPrefixes;
/** Blobs that are deleted at once. */
const atOnce = 16;

/** Puts small indexes together where there are many. */
export async function compactOld(work: MaintenanceWork): Promise<TaskResult | undefined> {
  const active = await activeOldIndexes(work.repository, work);
  const inputs = smallIndexes(active, work.repository.format);
  return compact(work, inputs.length > 1 ? inputs : [], undefined);
}

/** Puts all indexes together without what was deleted before a time; milliseconds since 1970. */
export async function dropFromOld(work: MaintenanceWork, before: number): Promise<TaskResult | undefined> {
  return compact(work, await activeOldIndexes(work.repository, work), before);
}

/** Where nothing was put together, and what earlier compactions left could not be removed. */
const nothingRemoved = {
  kind: 'cleanupSupersededIndexesStats',
  data: { maxReplacementTime: timeText(undefined), deletedBlobCount: 0, deletedTotalSize: 0 },
};

async function compact(
  work: MaintenanceWork,
  inputs: readonly BlobInfo[],
  dropBefore: number | undefined,
): Promise<TaskResult | undefined> {
  const { repository, dryRun, signal } = work;
  const time = dropBefore === undefined ? undefined : BigInt(dropBefore) * 1_000_000n;
  const result = { kind: 'compactIndexesStats', data: { droppedContentsDeletedBefore: timeText(time) } };
  if (dryRun) return inputs.length === 0 ? undefined : result;
  if (inputs.length === 0) {
    const shortfall = shortfallOf(work, await removeLogs(work));
    return shortfall === undefined ? undefined : { ...nothingRemoved, shortfall };
  }
  const log = await compactOldIndexes(repository, inputs, { dropBefore, signal });
  const undeleted = [...(await removeReplaced(work, log)), ...(await removeLogs(work))];
  return { ...result, shortfall: shortfallOf(work, undeleted) };
}

function shortfallOf(work: MaintenanceWork, undeleted: readonly Undeleted[]): Shortfall | undefined {
  const error = notDeleted(work.repository.blobs, undeleted);
  return error === undefined ? undefined : { error, undeleted };
}

/** Deletes what was merged long enough before this log was written. Their logs stay until nobody can have listed them any more. */
async function removeReplaced(work: MaintenanceWork, latest: BlobInfo): Promise<readonly Undeleted[]> {
  const { repository, safety, signal } = work;
  const { blobs } = repository;
  const written = (await writtenAt(blobs, latest.id, { signal })).getTime();
  const logs = await Array.fromAsync(blobs.list(logPrefix, { signal }));
  const present = new Set((await Array.fromAsync(blobs.list(indexPrefix, { signal }))).map(({ id }) => id));
  const compactions = await readCompactions(repository, logs, { signal });
  const done: string[] = [];
  let undeleted: readonly Undeleted[] = [];
  for (const each of settledCompactions(compactions, { before: written - safety.indexSettling, present })) {
    const ids = replacedBy(each).filter(id => present.has(id));
    undeleted = await removeBlobs(blobs, ids, { atOnce, signal });
    if (undeleted.length > 0) break;
    done.push(each.blob.id);
  }
  if (done.length > 0) {
    const cleanup = writeCleanupLog({ blobs: done, scheduled: BigInt(written) * 1_000_000n });
    await putSealed(repository, cleanupPrefix, cleanup, { signal });
  }
  return undeleted;
}

/** When the store says that a blob was written: what is told when it is put may come from this machine's clock. */
async function writtenAt(blobs: KopiaBlobs, id: string, options: StoreOptions): Promise<Date> {
  const blob = await blobs.head(id, options);
  if (blob === undefined) throw raise['maintenance-elsewhere']({ url: blobs.store.url });
  return blob.modified;
}

/** Deletes logs that were found of no use long enough ago, and what says so. */
async function removeLogs(work: MaintenanceWork): Promise<readonly Undeleted[]> {
  const { repository, safety, signal } = work;
  const { blobs, store } = repository;
  const cleanups = await Array.fromAsync(blobs.list(cleanupPrefix, { signal }));
  const latest = Math.max(...cleanups.map(({ modified }) => modified.getTime()));
  for (const { id } of cleanups) {
    const plain = await findSealed(repository, id, { signal });
    if (plain === undefined) continue;
    const cleanup = await naming(store, id, async () => readCleanupLog(plain));
    if (latest - Number(cleanup.scheduled / 1_000_000n) < safety.indexSettling) continue;
    const logs = cleanup.blobs.filter(log => log.startsWith(logPrefix));
    const undeleted = await removeBlobs(blobs, logs, { atOnce, signal });
    if (undeleted.length > 0) return undeleted;
    await blobs.delete(id, { signal });
  }
  return [];
}
