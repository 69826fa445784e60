import { forEachConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { contentOfPayload, readBlob } from '../access/blobs.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { compress } from '../format/zstd.ts';
import { seal, unseal } from '../sealing/seal.ts';
import { sealedBlobs } from '../upkeep/sealed-blobs.ts';
import { SealedWriter } from '../upkeep/sealed-writer.ts';

export interface TransferOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/** Packs that are read at once. */
const reading = 3;

/**
 * Copies blobs into another repository. Each is proven by its id, then sealed with the other key, compressed as it was;
 * where it is damaged, another of its places is read. When this has resolved, indexes of the target name all of them; until
 * then those of whatever came far enough, so that an interrupted copy is not begun anew.
 *
 * @param wanted 1 for each place of the source's index that is copied
 * @throws `repository.damaged` where no place of a blob can be read, and what the stores throw
 */
export async function transferBlobs(
  from: IndexedRepository,
  to: OpenRepository,
  wanted: Uint8Array,
  options: TransferOptions = {},
): Promise<void> {
  const { progress = noProgress } = options;
  const packs = packsOf(from, wanted);
  const total = packs.reduce((sum, { size }) => sum + size, 0);
  const writer = new SealedWriter(to, options);
  let done = 0;
  try {
    await forEachConcurrent(packs, reading, async ({ entries }) => {
      const places = entries.map(entry => from.index.place(entry));
      const [first] = places;
      if (first === undefined) return;
      await naming(from.store, keyOf('data', first.pack), async () => {
        for await (const { place, sealed } of sealedBlobs(from, { pack: first.pack, places }, options)) {
          const { payload, uncompressed } = await payloadOf(from, { place, sealed }, options);
          await writer.add({ id: place.id, type: place.type, uncompressed }, seal(to.key, payload));
          done += place.length;
          progress({ phase: 'copy', done, total, unit: 'bytes', current: keyOf('data', place.pack) });
        }
      });
    });
    await writer.finish();
  } finally {
    await writer.settle();
  }
}

/** The places that are wanted of one pack, and their bytes. */
interface WantedPack {
  readonly entries: number[];
  size: number;
}

function packsOf({ index }: IndexedRepository, wanted: Uint8Array): readonly WantedPack[] {
  const packs = new Map<number, WantedPack>();
  for (let entry = wanted.indexOf(1); entry >= 0; entry = wanted.indexOf(1, entry + 1)) {
    const number = index.packNumber(entry);
    const pack = packs.get(number) ?? { entries: [], size: 0 };
    pack.entries.push(entry);
    pack.size += index.sealedLength(entry);
    packs.set(number, pack);
  }
  return [...packs.values()];
}

interface Payload {
  readonly payload: Uint8Array;
  readonly uncompressed: number;
}

/**
 * What is to be sealed for the target. Trees are compressed there even if they were not, as restic wants them; so is data that
 * a repository of version 1 could not compress.
 */
async function payloadOf(
  from: IndexedRepository,
  { place, sealed }: { readonly place: BlobPlace; readonly sealed: Buffer },
  options: StoreOptions,
): Promise<Payload> {
  const payload = unseal(from.key, sealed);
  const content = payload === undefined ? undefined : proven(place, payload);
  if (payload !== undefined && content !== undefined && place.uncompressed !== 0) {
    return { payload, uncompressed: place.uncompressed };
  }
  const plain = content ?? (await readBlob(from, place.type, place.id, options));
  const compressible = place.type === 'tree' || from.config.version === 1 || content === undefined;
  const smaller = compressible && plain.length > 0 ? compress(plain) : plain;
  const worth = place.type === 'tree' ? plain.length > 0 : smaller.length < plain.length;
  return worth ? { payload: smaller, uncompressed: plain.length } : { payload: plain, uncompressed: 0 };
}

/** `undefined` where it is damaged. */
function proven(place: BlobPlace, payload: Buffer): Buffer | undefined {
  try {
    return contentOfPayload(place, payload);
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}
