import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { keyOf, naming } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { headerLength, type PackedBlob, readHeader, trailerSize } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';
import { sealOverhead } from '../sealing/seal.ts';

/** The end of a pack that is read first: enough for the headers of most packs. */
const firstRead = trailerSize + sealOverhead + 100 * 41;

/**
 * The blobs that the header of a pack names, in the order in which they lie there.
 *
 * @param size bytes of the file
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function readPackHeader(
  { store, key }: OpenRepository,
  { id, size }: { readonly id: string; readonly size: number },
  options: StoreOptions = {},
): Promise<readonly PackedBlob[]> {
  const file = keyOf('data', id);
  const read = async (length: number): Promise<Buffer> => {
    const body = await store.getRange(file, { offset: size - length, length }, options);
    return Buffer.concat(await Array.fromAsync(body));
  };
  return naming(store, file, async () => {
    if (size < trailerSize + sealOverhead) throw new Fault(reasons.packSize);
    const end = await read(Math.min(size, firstRead));
    const length = headerLength(end.subarray(-trailerSize), size) + trailerSize;
    const header = length <= end.length ? end.subarray(-length) : await read(length);
    return readHeader(key, header.subarray(0, -trailerSize), size);
  });
}
