import { hash } from 'node:crypto';
import type { BoundaryFinder } from '../../chunking/boundary.ts';
import { roomIn } from '../../format/next-room.ts';
import type { Claims } from '../../pipeline/claims.ts';
import type { Compressor } from '../../pipeline/compressor.ts';
import { PackFiller, type SealedContent } from '../../pipeline/pack-filling.ts';
import type { CompletePack, PackSlots } from '../../pipeline/pack-slots.ts';
import type { Storer } from '../../pipeline/storer.ts';
import { idOf } from '../format/ids.ts';
import { writeHeader } from '../format/pack.ts';
import { type SealKey, sealOverhead, sealTo } from '../sealing/seal.ts';
import type { KnownBlobs } from './known-blobs.ts';
import { blobOf, finishPack, type PackType, packTypes } from './packs.ts';

/** What a thread needs to make blobs of contents. */
export interface BlobTools {
  readonly key: SealKey;
  readonly finder: BoundaryFinder;
  readonly known: KnownBlobs;
  readonly claims: Claims;
  readonly slots: PackSlots;
  /** Of data; absent where data is not to be compressed. */
  readonly dataCompressor: Compressor | undefined;
  readonly treeCompressor: Compressor;
  /** Told of each pack that is whole but for being stored. */
  readonly complete: (pack: CompletePack) => void;
}

/** What compression saves at least, else data is stored as it is. */
const leastSaving = 0.015;

/**
 * Makes blobs: hashed, and those that are new compressed, sealed and put into packs. Belongs to one thread; does its
 * work at once.
 */
export class BlobStore implements Storer {
  readonly emptyContents = false;
  readonly #tools: BlobTools;
  readonly #packs: PackFiller;
  #scratch = Buffer.alloc(0);

  constructor(tools: BlobTools) {
    const { slots, complete, key } = tools;
    this.#tools = tools;
    this.#packs = new PackFiller({
      slots,
      complete,
      finish: (slot, kind) => finishPack(slots, key, { slot, kind }),
      alone: content => packAlone(key, content),
    });
  }

  finder(): BoundaryFinder {
    return this.#tools.finder;
  }

  store(plain: Uint8Array): Buffer {
    const { known, claims } = this.#tools;
    const id = idBytes(plain);
    if (!known.hasData(id) && claims.claim(id, plain.length)) this.#store('data', plain, id);
    return id;
  }

  /** Stores a tree. */
  storeNew(plain: Uint8Array): void {
    this.#store('tree', plain, idBytes(plain));
  }

  flush(): void {
    this.#packs.flush();
  }

  #store(type: PackType, plain: Uint8Array, id: Uint8Array): void {
    const compressed = this.#compress(type, plain);
    const payload = compressed ?? plain;
    const { key } = this.#tools;
    this.#packs.add({
      kind: packTypes.indexOf(type) as 0 | 1,
      key: id,
      length: payload.length + sealOverhead,
      first: compressed === undefined ? 0 : plain.length,
      second: 0,
      sealTo: next => sealTo(key, payload, next),
    });
  }

  /** Trees are always compressed, as restic wants them; nothing can be marked as the compressed form of no bytes. */
  #compress(type: PackType, plain: Uint8Array): Uint8Array | undefined {
    const { dataCompressor, treeCompressor } = this.#tools;
    const compressor = type === 'tree' ? treeCompressor : dataCompressor;
    if (compressor === undefined || plain.length === 0) return undefined;
    const most = type === 'tree' ? frameBound(plain.length) : Math.ceil(plain.length * (1 - leastSaving)) - 1;
    const length = compressor.compress(plain, this.#target(most));
    return length === 0 ? undefined : this.#scratch.subarray(0, length);
  }

  #target(length: number): Uint8Array {
    if (this.#scratch.length < length) {
      this.#scratch = Buffer.from(new ArrayBuffer(Math.max(length, smallestScratch)));
    }
    return this.#scratch.subarray(0, length);
  }
}

function packAlone(
  sealKey: SealKey,
  { kind, key, length, first, second, sealTo: seal }: SealedContent,
): CompletePack {
  const content = { key, offset: 0, length, first, second };
  const header = writeHeader(sealKey, [blobOf(content, kind)]);
  const bytes = Buffer.from(new ArrayBuffer(length + header.length));
  seal(roomIn(bytes.subarray(0, length)));
  bytes.set(header, length);
  return { kind, bytes, id: idOf(bytes), content };
}

/** Enough for the largest chunk; pages that are never written to take no memory. */
const smallestScratch = 8 * 1024 * 1024;

/** The most bytes that a frame of so many can have (zstd's `ZSTD_COMPRESSBOUND`, rounded up). */
function frameBound(length: number): number {
  return length + (length >> 8) + 1024;
}

/** SHA-256. Through a string of one byte a character, because a buffer for each result takes longer. */
function idBytes(plain: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', plain, 'binary'), 'binary');
}
