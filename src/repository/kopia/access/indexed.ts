import type { Clock } from '#foundation/clock.ts';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { hashSizes } from '../format/hashing.ts';
import { type IndexFile, parseIndex } from '../format/index.ts';
import { reasons } from '../format/reasons.ts';
import { addIndexFile } from './add-index-file.ts';
import type { BlobInfo } from './blobs.ts';
import { ContentIndex } from './content-index.ts';
import type { EpochView } from './epoch-view.ts';
import { naming } from './naming.ts';
import type { OpenKopia } from './open.ts';
import { readEpochView } from './read-epochs.ts';
import { readSealedBlob } from './sealed-blobs.ts';

/** A kopia repository whose contents can be found. */
export interface IndexedKopia extends OpenKopia {
  readonly index: ContentIndex;
  /** What the index was made of. */
  readonly epoch: EpochView;
}

export interface LoadContentsOptions extends StoreOptions {
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** Told of an index blob that cannot be read; without it, the first one is thrown. */
  readonly onDamage?: ((blob: string, thrown: unknown) => void) | undefined;
  /** Told of every index blob that was read. */
  readonly onIndex?: ((blob: string, file: IndexFile) => void) | undefined;
}

/** How many index blobs are under way at once, where they are small; others come one by one. */
const concurrency = 4;
const largeBlob = 16 * 1024 * 1024;
/** How often everything is looked at anew because an index that was listed was compacted into others and removed. */
const attempts = 3;

/**
 * Reads every index. What is written later the index does not know; {@link refreshContents} brings it up to date.
 *
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function loadContents(
  repository: OpenKopia,
  options: LoadContentsOptions = {},
): Promise<IndexedKopia> {
  return insistently(options, async current => {
    const epoch = await readEpochView(repository, current);
    const index = new ContentIndex(keySizeOf(repository), {
      expected: mostContents(repository, epoch.indexBlobs),
    });
    await addBlobs({ ...repository, index, epoch }, epoch.indexBlobs, current);
    index.watermark = epoch.watermark;
    const indexed = { ...repository, index, epoch };
    await repository.onIndexed?.(indexed);
    return indexed;
  });
}

/**
 * The same repository with what was written meanwhile: its index, which is the same object, is added to.
 *
 * @throws as {@link loadContents} does
 */
export async function refreshContents(
  repository: IndexedKopia,
  options: LoadContentsOptions = {},
): Promise<IndexedKopia> {
  const { index } = repository;
  const known = new Set(repository.epoch.indexBlobs.map(({ id }) => id));
  return insistently(options, async current => {
    const epoch = await readEpochView(repository, current);
    const added = epoch.indexBlobs.filter(({ id }) => !known.has(id));
    index.reserve(mostContents(repository, added));
    await addBlobs(repository, added, current);
    index.watermark = epoch.watermark;
    return { ...repository, epoch };
  });
}

/** Runs `load` again where an index that was listed is gone when it is read; at last as `options` say. */
async function insistently<T>(
  options: LoadContentsOptions,
  load: (options: LoadContentsOptions) => Promise<T>,
): Promise<T> {
  const { onDamage } = options;
  const butMissing = (blob: string, thrown: unknown): void => {
    if (onDamage === undefined || isHozonError(thrown, 'repository.file-missing')) throw thrown;
    onDamage(blob, thrown);
  };
  for (let attempt = 1; attempt < attempts; attempt++) {
    try {
      return await load({ ...options, onDamage: butMissing });
    } catch (thrown) {
      if (!isHozonError(thrown, 'repository.file-missing')) throw thrown;
    }
  }
  return load(options);
}

async function addBlobs(
  repository: IndexedKopia,
  blobs: readonly BlobInfo[],
  options: LoadContentsOptions,
): Promise<void> {
  const add = async ({ id }: BlobInfo): Promise<void> => {
    try {
      const plain = await readSealedBlob(repository, id, options);
      const file = await naming(repository.store, id, async () => parsed(repository, plain));
      addIndexFile(repository.index, file);
      options.onIndex?.(id, file);
    } catch (thrown) {
      options.signal?.throwIfAborted();
      if (options.onDamage === undefined) throw thrown;
      options.onDamage(id, thrown);
    }
  };
  const isLarge = ({ size }: BlobInfo): boolean => size > largeBlob;
  for (const blob of blobs.filter(isLarge)) await add(blob);
  await forEachConcurrent(
    blobs.filter(blob => !isLarge(blob)),
    concurrency,
    add,
  );
}

function parsed(repository: OpenKopia, plain: Buffer): IndexFile {
  const file = parseIndex(plain, repository.sealer.overhead);
  if (file.count > 0 && file.keySize !== keySizeOf(repository)) throw new Fault(reasons.index);
  return file;
}

function keySizeOf({ format }: OpenKopia): number {
  return 1 + (hashSizes[format.hash] ?? 0);
}

/** Entries have 16 bytes or more besides their keys. */
function mostContents(repository: OpenKopia, blobs: readonly BlobInfo[]): number {
  const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
  return Math.ceil(bytes / (keySizeOf(repository) + 16));
}
