import { createHash } from 'node:crypto';
import type {
  CompletePack,
  PackedContent,
  PackKind,
  PackLayout,
  PackSlots,
} from '../../pipeline/pack-slots.ts';
import { type BlobType, type PackedBlob, trailerSize, usualPackSize, writeHeader } from '../format/pack.ts';
import { type SealKey, sealOverhead } from '../sealing/seal.ts';

export type PackType = BlobType;

/** What packs of each kind hold. */
export const packTypes = ['data', 'tree'] as const;

/** Bytes of a blob's id. */
export const idSize = 32;

/** A pack is its blobs from the first byte on, and a header of at most 41 bytes for each of them: one for each KiB, at most. */
export function packLayout(target: number = usualPackSize): PackLayout {
  const entryLimit = Math.ceil(target / 1024);
  return {
    keySize: idSize,
    start: 0,
    target,
    room: target + 2 * 1024 * 1024,
    entryLimit,
    tailRoom: entryLimit * 41 + sealOverhead + trailerSize,
  };
}

/** The length of a blob's content where it is compressed is the first number of its entry in a slot. */
export function blobOf({ key, offset, length, first }: PackedContent, kind: PackKind): PackedBlob {
  const id = Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex');
  return { id, type: packTypes[kind], offset, length, uncompressed: first };
}

/** Makes a whole pack of a complete slot, or of one that was closed when nobody wrote to it. */
export function finishPack(
  slots: PackSlots,
  key: SealKey,
  { slot, kind }: { readonly slot: number; readonly kind: PackKind },
): CompletePack {
  const header = writeHeader(
    key,
    slots.contents(slot).map(content => blobOf(content, kind)),
  );
  slots.write(slot, slots.size(slot), header);
  const size = slots.size(slot) + header.length;
  const hash = createHash('sha256');
  slots.read(slot, size, piece => void hash.update(piece));
  return { slot, kind, size, id: hash.digest('hex') };
}
