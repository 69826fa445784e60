import { hash } from 'node:crypto';
import { idOf } from '../format/ids.ts';
import { type BlobType, writeHeader } from '../format/pack.ts';
import { type SealKey, sealInto, sealOverhead } from '../sealing/seal.ts';
import type { BlobClaims } from './claims.ts';
import type { Compressor } from './compressor.ts';
import type { KnownBlobs } from './known-blobs.ts';
import { type PackSlots, packTarget } from './pack-slots.ts';

/** What a thread needs to make blobs of contents. */
export interface BlobTools {
  readonly key: SealKey;
  readonly known: KnownBlobs;
  readonly claims: BlobClaims;
  readonly slots: PackSlots;
  /** Of data; absent where data is not to be compressed. */
  readonly dataCompressor: Compressor | undefined;
  readonly treeCompressor: Compressor;
  /** Told of each pack that is whole but for being stored. */
  readonly complete: (pack: CompletePack) => void;
}

/** A pack to be stored, in a slot; or, of a single blob that is larger than any slot, on its own. */
export type CompletePack =
  | { readonly slot: number; readonly type: BlobType; readonly size: number; readonly id: string }
  | { readonly single: SingleBlob };

/** A pack of one blob. */
export interface SingleBlob {
  readonly type: BlobType;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly id: string;
  readonly blob: { readonly id: string; readonly length: number; readonly uncompressed: number };
}

/** What compression saves at least, else data is stored as it is. */
const leastSaving = 0.015;

/**
 * Makes blobs: hashed, and those that are new compressed, sealed and put into packs. Belongs to one thread; does its
 * work at once.
 */
export class BlobStore {
  readonly #tools: BlobTools;
  #scratch = Buffer.alloc(0);

  constructor(tools: BlobTools) {
    this.#tools = tools;
  }

  /** Stores data unless it is known; its id. @throws CalledOff */
  data(plain: Uint8Array): Buffer {
    const { known, claims } = this.#tools;
    const id = idBytes(plain);
    if (!known.hasData(id) && claims.claim(id, plain.length)) this.#store('data', plain, id);
    return id;
  }

  /** Stores a tree, which is known to be new. @throws CalledOff */
  tree(plain: Uint8Array): void {
    this.#store('tree', plain, idBytes(plain));
  }

  #store(type: BlobType, plain: Uint8Array, id: Uint8Array): void {
    const compressed = this.#compress(type, plain);
    const payload = compressed ?? plain;
    const uncompressed = compressed === undefined ? 0 : plain.length;
    const length = payload.length + sealOverhead;
    const { slots, key, complete } = this.#tools;
    if (length > packTarget) {
      this.#storeAlone(type, payload, { id, uncompressed });
      return;
    }
    const place = slots.reserve(type, length, slot => complete(finishPack(slots, key, { slot, type })));
    sealInto(key, payload, slots.at(place, length));
    if (slots.written(place, { id, length, uncompressed }))
      complete(finishPack(slots, key, { slot: place.slot, type }));
  }

  /** Trees are always compressed, as restic wants them; nothing can be marked as the compressed form of no bytes. */
  #compress(type: BlobType, plain: Uint8Array): Uint8Array | undefined {
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

  #storeAlone(
    type: BlobType,
    payload: Uint8Array,
    { id, uncompressed }: { id: Uint8Array; uncompressed: number },
  ): void {
    const length = payload.length + sealOverhead;
    const blob = { id: Buffer.from(id).toString('hex'), type, offset: 0, length, uncompressed };
    const header = writeHeader(this.#tools.key, [blob]);
    const bytes = Buffer.from(new ArrayBuffer(length + header.length));
    sealInto(this.#tools.key, payload, bytes.subarray(0, length));
    bytes.set(header, length);
    this.#tools.complete({ single: { type, bytes, id: idOf(bytes), blob } });
  }
}

/** Makes a whole pack of a complete slot, or of one that was closed when nobody wrote to it. */
export function finishPack(
  slots: PackSlots,
  key: SealKey,
  { slot, type }: { readonly slot: number; readonly type: BlobType },
): CompletePack {
  const bytes = slots.bytes(slot);
  const header = writeHeader(key, slots.blobs(slot, type));
  bytes.set(header, slots.size(slot));
  const size = slots.size(slot) + header.length;
  return { slot, type, size, id: idOf(bytes.subarray(0, size)) };
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
