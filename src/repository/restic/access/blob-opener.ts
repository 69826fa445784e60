import { Fault } from '../../format/fault.ts';
import { keptDecompressor } from '../../format/kept-zstd.ts';
import { idOf } from '../format/ids.ts';
import type { PackedBlob } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';
import { decompress } from '../format/zstd.ts';
import { ivSize, type SealKey, sealOverhead, unsealInto } from '../sealing/seal.ts';
import { contentSize } from './blobs.ts';

/** No content is longer: as reading a blob by itself has it. */
const contentLimit = 512 * 1024 * 1024;
/** Longer memory is given back after each use. */
const keptMemory = 8 * 1024 * 1024;

/**
 * Opens blobs one after the other, each in the memory of the one before, for new memory for each would keep the collector
 * of garbage busy. What it opened is good until it opens the next one.
 */
export class BlobOpener {
  readonly #key: SealKey;
  #plain = new Uint8Array(0);
  #content = new Uint8Array(0);

  constructor(key: SealKey) {
    this.#key = key;
  }

  /** The content of a blob, proven by its id. @throws Fault */
  open(blob: PackedBlob, sealed: Uint8Array): Uint8Array {
    requireSizes(blob, sealed);
    const size = sealed.length - sealOverhead;
    this.#plain = enough(this.#plain, size);
    return this.#open(blob, sealed, this.#plain.subarray(0, size));
  }

  /** The same in less time: the sealed bytes, which nobody may need any more, are overwritten. @throws Fault */
  openInPlace(blob: PackedBlob, sealed: Uint8Array): Uint8Array {
    requireSizes(blob, sealed);
    return this.#open(blob, sealed, sealed.subarray(ivSize, ivSize + sealed.length - sealOverhead));
  }

  #open(blob: PackedBlob, sealed: Uint8Array, plain: Uint8Array): Uint8Array {
    if (!unsealInto(this.#key, sealed, plain)) throw new Fault(reasons.notAuthentic);
    const content = blob.uncompressed === 0 ? plain : this.#decompress(plain, blob.uncompressed);
    // where the blobs of a file lie in it was reckoned with the sizes that the index says
    if (content.length !== contentSize(blob)) throw new Fault(reasons.encoding);
    if (idOf(content) !== blob.id) throw new Fault(reasons.otherBytes);
    return content;
  }

  #decompress(frame: Uint8Array, size: number): Uint8Array {
    this.#content = enough(this.#content, size);
    const content = this.#content.subarray(0, size);
    const decompressed = keptDecompressor()?.(frame, content) === true ? content : decompress(frame, size);
    if (decompressed === undefined) throw new Fault(reasons.encoding);
    return decompressed;
  }
}

function requireSizes(blob: PackedBlob, sealed: Uint8Array): void {
  if (sealed.length < sealOverhead) throw new Fault(reasons.notAuthentic);
  if (contentSize(blob) > contentLimit || sealed.length > contentLimit) throw new Fault(reasons.tooLarge);
}

/** Memory of at least that size: what there is, if it suffices and is not too much. */
function enough(memory: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (memory.length >= size && memory.length <= keptMemory) return memory;
  return new Uint8Array(size > keptMemory ? size : Math.min(Math.max(size, 2 * memory.length), keptMemory));
}
