import type { StoreOptions } from '#storage/object-store.ts';
import type { BlobInfo, KopiaBlobs } from '../access/blobs.ts';
import type { EpochView } from '../access/epoch-view.ts';
import { epochPrefixes, parseEpochBlob } from '../format/epoch-names.ts';
import type { RepositoryFormat } from '../format/repository-format.ts';
import type { EpochBlobs, EpochLimits } from './epoch-upkeep.ts';

/** What upkeep has to know of the indexes' blobs: what the view says, and all indexes that were ever written and are there. */
export async function readEpochBlobs(
  blobs: KopiaBlobs,
  view: EpochView,
  options: StoreOptions,
): Promise<EpochBlobs> {
  const written = new Map<number, BlobInfo[]>();
  for await (const blob of blobs.list(epochPrefixes.uncompacted, options)) {
    const parsed = parseEpochBlob(blob.id);
    if (parsed?.kind !== 'uncompacted') continue;
    const list = written.get(parsed.epoch) ?? [];
    written.set(parsed.epoch, list);
    list.push(blob);
  }
  return {
    writeEpoch: view.writeEpoch,
    written,
    compacted: view.compactions,
    ranges: view.ranges,
    markers: view.markers.flatMap(blob => {
      const parsed = parseEpochBlob(blob.id);
      return parsed?.kind === 'marker' ? [{ epoch: parsed.epoch, blob }] : [];
    }),
    watermarks: view.watermarks.flatMap(blob => {
      const parsed = parseEpochBlob(blob.id);
      return parsed?.kind === 'watermark' ? [{ time: parsed.seconds, blob }] : [];
    }),
  };
}

const perMillisecond = 1_000_000n;

/** The epoch parameters of a repository. */
export function epochLimitsOf({ epochParameters }: Pick<RepositoryFormat, 'epochParameters'>): EpochLimits {
  return {
    minDuration: Number(epochParameters.minDuration / perMillisecond),
    advanceAtCount: epochParameters.advanceOnCount,
    advanceAtSize: epochParameters.advanceOnTotalSize,
    epochsInRange: epochParameters.fullCheckpointFrequency,
    cleanupMargin: Number(epochParameters.cleanupSafetyMargin / perMillisecond),
  };
}
