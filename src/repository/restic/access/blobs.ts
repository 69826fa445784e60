import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { idOf } from '../format/ids.ts';
import type { BlobType, PackedBlob } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';
import { readTree, type TreeNode } from '../format/tree.ts';
import { decompressBlob } from '../format/zstd.ts';
import { type SealKey, sealOverhead, unseal } from '../sealing/seal.ts';
import type { BlobPlace } from './blob-index.ts';
import { keyOf, naming } from './files.ts';
import type { IndexedRepository } from './indexed.ts';

/** Bytes of a blob. Chunks have at most 8 MiB, trees as many as their directory has entries. */
const blobLimit = 512 * 1024 * 1024;

/**
 * The content of a blob, proven by its id. Where one of its places is damaged or gone, the next one is read.
 *
 * @throws `repository.blob-missing`, `damaged`, `file-missing` and what the store throws
 */
export async function readBlob(
  repository: IndexedRepository,
  type: BlobType,
  id: string,
  options: StoreOptions = {},
): Promise<Buffer> {
  let failure: HozonError | undefined;
  for (const place of repository.index.places(type, id)) {
    try {
      return await readPlace(repository, place, options);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      failure ??= thrown;
    }
  }
  throw failure ?? raise['blob-missing']({ url: repository.store.url, kind: type, id });
}

/** Whether it says that a file of the repository is damaged or gone. */
export function isDamage(thrown: unknown): thrown is HozonError {
  return isHozonError(thrown, 'repository.damaged') || isHozonError(thrown, 'repository.file-missing');
}

async function readPlace(
  { store, key }: IndexedRepository,
  place: BlobPlace,
  options: StoreOptions,
): Promise<Buffer> {
  const file = keyOf('data', place.pack);
  return naming(store, file, async () => {
    const { offset, length } = place;
    if (contentSize(place) > blobLimit || length > blobLimit) throw new Fault(reasons.tooLarge);
    const sealed = Buffer.allocUnsafe(length);
    let at = 0;
    for await (const piece of await store.getRange(file, { offset, length }, options)) {
      sealed.set(piece, at);
      at += piece.length;
    }
    return openBlob(key, place, sealed);
  });
}

/** Bytes of a blob's content, by what an index says of it. */
export function contentSize({ length, uncompressed }: Pick<PackedBlob, 'length' | 'uncompressed'>): number {
  return uncompressed === 0 ? length - sealOverhead : uncompressed;
}

/** The content of a blob out of its sealed bytes, proven by its id. @throws Fault */
export function openBlob(key: SealKey, blob: PackedBlob, sealed: Uint8Array): Buffer {
  const payload = unseal(key, sealed);
  if (payload === undefined) throw new Fault(reasons.notAuthentic);
  return contentOfPayload(blob, payload);
}

/** The content of a blob out of what was sealed, compressed or not, proven by its id. @throws Fault */
export function contentOfPayload(blob: PackedBlob, payload: Buffer): Buffer {
  const { id, uncompressed } = blob;
  if (uncompressed > blobLimit) throw new Fault(reasons.tooLarge);
  const content = uncompressed === 0 ? payload : decompressBlob(payload, uncompressed);
  // where the blobs of a file lie in it was reckoned with the sizes that the index says
  if (content?.length !== contentSize(blob)) throw new Fault(reasons.encoding);
  if (idOf(content) !== id) throw new Fault(reasons.otherBytes);
  return content;
}

/** The entries of a directory. @throws as {@link readBlob} does */
export async function readTreeBlob(
  repository: IndexedRepository,
  id: string,
  options: StoreOptions = {},
): Promise<readonly TreeNode[]> {
  const content = await readBlob(repository, 'tree', id, options);
  const [place] = repository.index.places('tree', id);
  const file = place === undefined ? id : keyOf('data', place.pack);
  return naming(repository.store, file, async () => readTree(content));
}
