import { makeBoundaryFinder } from '../../chunking/boundary.ts';
import { Claims } from '../../pipeline/claims.ts';
import { makeCompressor } from '../../pipeline/compressor.ts';
import type { SharedSetup } from '../../pipeline/engine.ts';
import { PackSlots } from '../../pipeline/pack-slots.ts';
import { workOn } from '../../pipeline/worker-loop.ts';
import type { SharedIndex } from '../access/blob-index.ts';
import { type Compression, zstdLevels } from '../format/zstd.ts';
import type { SealKey } from '../sealing/seal.ts';
import { BlobStore, type BlobTools } from './blob-store.ts';
import { KnownBlobs } from './known-blobs.ts';

/** What a worker begins with. */
export interface WorkerSetup extends SharedSetup {
  readonly key: SealKey;
  readonly polynomial: bigint;
  readonly compression: Compression;
  readonly known: SharedIndex;
}

workOn<WorkerSetup>(({ setup, calling, complete }) => {
  const { encrypt, macK, macR } = setup.key;
  return new BlobStore({
    key: { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) },
    finder: makeBoundaryFinder(setup.polynomial),
    known: new KnownBlobs(setup.known),
    claims: new Claims(setup.claims, calling),
    slots: new PackSlots(setup.slots, calling),
    ...compressorsOf(setup.compression),
    complete,
  });
});

/** The compressors for data and for trees, which are always compressed. */
function compressorsOf(compression: Compression): Pick<BlobTools, 'dataCompressor' | 'treeCompressor'> {
  const treeCompressor = makeCompressor(zstdLevels.auto);
  if (compression === 'off') return { treeCompressor, dataCompressor: undefined };
  const same = compression === 'auto';
  return { treeCompressor, dataCompressor: same ? treeCompressor : makeCompressor(zstdLevels[compression]) };
}
