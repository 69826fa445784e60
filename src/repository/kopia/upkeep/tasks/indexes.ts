import { formatTime } from '../../../format/go-time.ts';
import type { BlobInfo } from '../../access/blobs.ts';
import { readEpochView } from '../../access/read-epochs.ts';
import { deletionWatermark, epochMarker, rangePrefix, singlePrefix } from '../../format/epoch-names.ts';
import { epochLimitsOf, readEpochBlobs } from '../epoch-blobs.ts';
import {
  type EpochBlobs,
  epochToCompact,
  indexesToRemove,
  isEpochFull,
  markersToRemove,
  rangeToCompact,
} from '../epoch-upkeep.ts';
import { compactIndexes } from '../index-compaction.ts';
import { type Deletion, deleteBlobs } from './delete-blobs.ts';
import type { MaintenanceWork, TaskResult } from './work.ts';

/** Lets contents that were deleted before a time count as absent; milliseconds since 1970. */
export async function dropDeleted(
  { repository, signal, dryRun }: MaintenanceWork,
  before: number,
): Promise<TaskResult | undefined> {
  const seconds = Math.floor(before / 1000);
  const view = await readEpochView(repository, { signal });
  if (seconds < view.watermark) return undefined;
  if (!dryRun) {
    const { id, bytes } = deletionWatermark(seconds);
    await repository.blobs.put(id, bytes, { signal });
    repository.index.watermark = seconds;
  }
  const time = formatTime(BigInt(before) * 1_000_000n);
  return { kind: 'compactIndexesStats', data: { droppedContentsDeletedBefore: time } };
}

/** What the indexes are made of now: each task looks, as the one before has changed it. */
async function current({ repository, signal, clock }: MaintenanceWork): Promise<EpochBlobs> {
  const view = await readEpochView(repository, { signal, clock });
  return readEpochBlobs(repository.blobs, view, { signal });
}

/** Puts the indexes of the oldest epoch that nobody writes to any more together. */
export async function compactEpoch(work: MaintenanceWork): Promise<TaskResult | undefined> {
  const found = epochToCompact(await current(work));
  if (found === undefined) return undefined;
  const { epoch, blobs } = found;
  const { repository, signal } = work;
  if (!work.dryRun) await compactIndexes(repository, blobs, { prefix: singlePrefix(epoch), signal });
  return {
    kind: 'compactSingleEpochStats',
    data: {
      supersededIndexBlobCount: blobs.length,
      supersededIndexTotalSize: sizeOf(blobs),
      epoch,
    },
  };
}

/** Begins a new epoch where the current one is full. */
export async function advanceEpoch(work: MaintenanceWork): Promise<TaskResult> {
  const { repository, signal } = work;
  const state = await current(work);
  const isFull = isEpochFull(state, epochLimitsOf(repository.format));
  const next = state.writeEpoch + (isFull ? 1 : 0);
  if (isFull && !work.dryRun) {
    const { id, bytes } = epochMarker(next);
    await repository.blobs.put(id, bytes, { signal });
  }
  return { kind: 'advanceEpochStats', data: { currentEpoch: next, wasAdvanced: isFull } };
}

/** Puts the indexes of many settled epochs together. */
export async function compactRange(work: MaintenanceWork): Promise<TaskResult | undefined> {
  const { repository, signal } = work;
  const range = rangeToCompact(await current(work), epochLimitsOf(repository.format));
  if (range === undefined) return undefined;
  const { first, last, blobs } = range;
  if (!work.dryRun) await compactIndexes(repository, blobs, { prefix: rangePrefix(first, last), signal });
  return { kind: 'generateRangeCheckpointStats', data: { rangeMinEpoch: first, rangeMaxEpoch: last } };
}

/** Deletes markers of past epochs and watermarks that were replaced. */
export async function cleanMarkers(work: MaintenanceWork): Promise<TaskResult> {
  const { markers, watermarks } = markersToRemove(await current(work), epochLimitsOf(work.repository.format));
  const { blobs, shortfall } = await remove(work, [...markers, ...watermarks]);
  return {
    kind: 'cleanupMarkersStats',
    data: {
      deletedEpochMarkerBlobCount: markers.filter(each => blobs.includes(each)).length,
      deletedWatermarkBlobCount: watermarks.filter(each => blobs.includes(each)).length,
    },
    shortfall,
  };
}

/** Deletes indexes that a compacted set has replaced long enough ago. */
export async function cleanIndexes(work: MaintenanceWork): Promise<TaskResult | undefined> {
  const found = indexesToRemove(await current(work), epochLimitsOf(work.repository.format));
  if (found === undefined) return undefined;
  const { blobs, shortfall } = await remove(work, found.blobs);
  return {
    kind: 'cleanupSupersededIndexesStats',
    data: {
      maxReplacementTime: formatTime(BigInt(Math.floor(found.before)) * 1_000_000n),
      deletedBlobCount: blobs.length,
      deletedTotalSize: sizeOf(blobs),
    },
    shortfall,
  };
}

/** What is gone, or would be. */
async function remove(work: MaintenanceWork, blobs: readonly BlobInfo[]): Promise<Deletion> {
  if (work.dryRun) return { blobs };
  const { deleteParallelism } = work.repository.format.epochParameters;
  return deleteBlobs(work, blobs, { atOnce: Math.max(1, deleteParallelism) });
}

function sizeOf(blobs: readonly BlobInfo[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
