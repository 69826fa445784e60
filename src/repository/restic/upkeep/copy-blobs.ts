import { forEachConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { readBlob } from '../access/blobs.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { compress } from '../format/zstd.ts';
import { seal } from '../sealing/seal.ts';
import { sealedBlobs } from './sealed-blobs.ts';
import { SealedWriter } from './sealed-writer.ts';

export interface CopyOptions extends StoreOptions {
  /** Whether data that is not compressed is compressed. Trees always are. */
  readonly compressData: boolean;
  readonly progress?: Progress | undefined;
}

/** Packs that are read at once. */
const reading = 2;

/**
 * Copies blobs of some packs into new ones, and names those in new indexes. Each blob is proven by its id before it is
 * copied, sealed as it is; where it is damaged, another of its places is taken. Packs are streamed.
 *
 * @param copies 1 for each place of the index that is copied
 * @returns the ids of the new packs
 * @throws `repository.damaged` where no place of a blob can be read, and what the store throws
 */
export async function copyBlobs(
  repository: IndexedRepository,
  packs: readonly string[],
  copies: Uint8Array,
  options: CopyOptions,
): Promise<readonly string[]> {
  const placesIn = placesByPack(repository, packs, copies);
  const { progress = noProgress } = options;
  const writer = new SealedWriter(repository, options);
  let done = 0;
  try {
    await forEachConcurrent(packs, reading, async pack => {
      await copyPack(repository, { writer, pack, places: placesIn.get(pack) ?? [] }, options);
      done++;
      progress({ phase: 'repack', done, total: packs.length, unit: 'items', current: keyOf('data', pack) });
    });
    return await writer.finish();
  } finally {
    await writer.settle();
  }
}

function placesByPack(
  { index }: IndexedRepository,
  packs: readonly string[],
  copies: Uint8Array,
): ReadonlyMap<string, BlobPlace[]> {
  const lists = new Map(packs.map(pack => [pack, [] as BlobPlace[]]));
  for (let entry = 0; entry < copies.length; entry++) {
    if (copies[entry] !== 1) continue;
    const place = index.place(entry);
    lists.get(place.pack)?.push(place);
  }
  return lists;
}

interface PackToCopy {
  readonly writer: SealedWriter;
  readonly pack: string;
  readonly places: readonly BlobPlace[];
}

async function copyPack(
  repository: IndexedRepository,
  { writer, pack, places }: PackToCopy,
  options: CopyOptions,
): Promise<void> {
  const opener = new BlobOpener(repository.key);
  await naming(repository.store, keyOf('data', pack), async () => {
    for await (const { place, sealed } of sealedBlobs(repository, { pack, places }, options)) {
      const content = contentOf(opener, place, sealed);
      if (content !== undefined && !needsCompression(place, content, options)) {
        await writer.add(place, sealed);
        continue;
      }
      const { type, id } = place;
      const text = content ?? (await readBlob(repository, type, id, options));
      const [uncompressed, payload] = text.length === 0 ? [0, text] : [text.length, compress(text)];
      await writer.add({ id, type, uncompressed }, seal(repository.key, payload));
    }
  });
}

/** `undefined` where it is damaged. */
function contentOf(opener: BlobOpener, place: BlobPlace, sealed: Buffer): Uint8Array | undefined {
  try {
    return opener.open(place, sealed);
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

function needsCompression(
  { type, uncompressed }: BlobPlace,
  content: Uint8Array,
  { compressData }: CopyOptions,
): boolean {
  return uncompressed === 0 && content.length > 0 && (type === 'tree' || compressData);
}
