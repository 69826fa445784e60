import { createHash } from 'node:crypto';
import { PlacedBytes } from '../../checking/placed-bytes.ts';
import { SpareMemory } from '../../checking/spare-memory.ts';
import type { PackVerifier } from '../../checking/verify-messages.ts';
import { Fault } from '../../format/fault.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { headerLength, type PackedBlob, packSize, readHeader, trailerSize } from '../format/pack.ts';
import { reasons } from '../format/reasons.ts';
import type { SealKey } from '../sealing/seal.ts';

/** What a pack is to be. Plain data: it crosses threads. */
export interface PackToVerify {
  readonly id: string;
  /** Bytes that the file has. */
  readonly size: number;
  /** Where the indexes say that blobs are, by their offsets. */
  readonly places: readonly PackedBlob[];
}

export type ReasonName = keyof typeof reasons;

/** What a pack is. */
export interface PackVerdict {
  /** Which of the places cannot be read, by their number. */
  readonly lost: readonly number[];
  /** What is wrong with the file; absent where every byte is as it was. */
  readonly fault: ReasonName | undefined;
}

/** What one thread verifies pack after pack with. */
export class VerifierTools {
  readonly key: SealKey;
  readonly opener: BlobOpener;
  readonly memory = new SpareMemory();

  constructor(key: SealKey) {
    this.key = key;
    this.opener = new BlobOpener(key);
  }
}

/** {@link ResticPackVerifier}s of one thread. */
export function packVerifiers(key: SealKey): (pack: PackToVerify) => PackVerifier<PackVerdict> {
  const tools = new VerifierTools(key);
  return pack => new ResticPackVerifier(tools, pack);
}

/**
 * Looks at a pack while it streams by: at its checksum, at each of its blobs, and at its header, which must name the same
 * blobs as the indexes. Holds one blob and the header.
 */
class ResticPackVerifier implements PackVerifier<PackVerdict> {
  readonly #tools: VerifierTools;
  readonly #pack: PackToVerify;
  readonly #hash = createHash('sha256');
  readonly #bytes: PlacedBytes;
  readonly #lost: number[] = [];
  readonly #tail: Buffer;
  readonly #tailAt: number;
  #firstFault: ReasonName | undefined;

  constructor(tools: VerifierTools, pack: PackToVerify) {
    this.#tools = tools;
    this.#pack = pack;
    this.#bytes = new PlacedBytes(pack, tools.memory, (number, sealed) => this.#look(number, sealed));
    const { places, size } = pack;
    const blobBytes = places.reduce((sum, { length }) => sum + length, 0);
    const tail = size === packSize(places) ? size - blobBytes : 0;
    this.#tailAt = size - tail;
    this.#tail = Buffer.alloc(tail);
  }

  get size(): number {
    return this.#pack.size;
  }

  bestLength(usual: number): number {
    return this.#bytes.bestLength(usual);
  }

  take(piece: Uint8Array): void {
    const { at } = this.#bytes;
    this.#hash.update(piece);
    this.#bytes.take(piece);
    const from = Math.max(this.#tailAt, at);
    if (from < at + piece.length) this.#tail.set(piece.subarray(from - at), from - this.#tailAt);
  }

  finish(): PackVerdict {
    const { places, id, size } = this.#pack;
    this.#lost.push(...this.#bytes.missing());
    const lost = this.#lost.toSorted((a, b) => a - b);
    if (size !== packSize(places)) return { lost, fault: 'packSize' };
    if (this.#hash.digest('hex') !== id) return { lost, fault: 'otherBytes' };
    return { lost, fault: this.#firstFault ?? nameOfFault(() => this.#checkHeader()) };
  }

  #look(number: number, sealed: Uint8Array): void {
    const place = this.#pack.places[number];
    if (place === undefined) return;
    const fault = nameOfFault(() => this.#tools.opener.open(place, sealed));
    if (fault === undefined) return;
    this.#lost.push(number);
    this.#firstFault ??= fault;
  }

  #checkHeader(): void {
    const { places, size } = this.#pack;
    const length = headerLength(this.#tail.subarray(-trailerSize), size);
    if (length + trailerSize !== this.#tail.length) throw new Fault(reasons.indexDiffers);
    const blobs = readHeader(this.#tools.key, this.#tail.subarray(0, length), size);
    const same =
      blobs.length === places.length &&
      blobs.every((blob, at) => {
        const place = places[at];
        return place?.id === blob.id && place.type === blob.type && place.offset === blob.offset;
      });
    if (!same) throw new Fault(reasons.indexDiffers);
  }
}

const names = new Map(Object.entries(reasons).map(([name, reason]) => [reason, name as ReasonName]));

function nameOfFault(action: () => unknown): ReasonName | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const name = names.get(thrown.reason);
    if (name === undefined) throw thrown;
    return name;
  }
}
