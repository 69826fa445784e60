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
    const onDisk = mayLieOnDisk(repository, epoch.indexBlobs);
    const inMemory = epoch.indexBlobs.filter(blob => !onDisk.has(blob));
    const index = new ContentIndex(keySizeOf(repository), { expected: mostContents(repository, inMemory) });
    await addBlobs({ ...repository, index, epoch }, epoch.indexBlobs, {
      ...current,
      onDisk,
      anew: options.onDamage !== undefined,
    });
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
    const onDisk = mayLieOnDisk(repository, added);
    index.reserve(
      mostContents(
        repository,
        added.filter(blob => !onDisk.has(blob)),
      ),
    );
    await addBlobs(repository, added, { ...current, onDisk, anew: options.onDamage !== undefined });
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

interface AddOptions extends LoadContentsOptions {
  readonly onDisk: ReadonlySet<BlobInfo>;
  /** Reads from the repository what lies on disk, too: who looks for damage is not told of it by a copy. */
  readonly anew: boolean;
}

async function addBlobs(
  repository: IndexedKopia,
  blobs: readonly BlobInfo[],
  options: AddOptions,
): Promise<void> {
  const add = async (blob: BlobInfo): Promise<void> => {
    try {
      const isAdded = options.onDisk.has(blob) && (await addOnDisk(repository, blob, options));
      if (!isAdded) await addInMemory(repository, blob, options);
    } catch (thrown) {
      options.signal?.throwIfAborted();
      if (options.onDamage === undefined) throw thrown;
      options.onDamage(blob.id, thrown);
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

async function addInMemory(
  repository: IndexedKopia,
  { id }: BlobInfo,
  options: LoadContentsOptions,
): Promise<void> {
  const plain = await readSealedBlob(repository, id, options);
  const file = await naming(repository.store, id, async () => parsed(repository, plain));
  addIndexFile(repository.index, file);
}

/** Whether the index could be added as it lies on disk. */
async function addOnDisk(
  repository: IndexedKopia,
  blob: BlobInfo,
  { signal, anew }: AddOptions,
): Promise<boolean> {
  const index = await repository.indexPages?.index(repository, blob, { signal, anew });
  if (index?.keySize !== keySizeOf(repository)) return false;
  repository.index.addOnDisk(blob.id, index);
  return true;
}

/** Those blobs that need not be in memory. */
function mayLieOnDisk({ indexPages }: OpenKopia, blobs: readonly BlobInfo[]): ReadonlySet<BlobInfo> {
  return indexPages?.among(blobs) ?? new Set();
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
