import { Fault } from '../../format/fault.ts';
import type { Opener, Place } from '../../restoring/contents.ts';
import { decompress } from '../format/compression.ts';
import { contentHash } from '../format/content-id.ts';
import { contentHasher } from '../format/hashing.ts';
import { reasons } from '../format/reasons.ts';
import type { RepositoryFormat } from '../format/repository-format.ts';
import { type ContentSealer, contentIv, contentSealer } from '../format/sealing.ts';
import { compressionOf, isCompressedObject } from './manner.ts';

/** What of a repository's format a thread needs. */
export type OpenerFormat = Pick<
  RepositoryFormat,
  'encryption' | 'masterKey' | 'ecc' | 'eccOverheadPercent' | 'hash' | 'secret'
>;

/** Bytes that a content of an object that is compressed as a whole has at most. */
const innerLimit = 256 * 1024 * 1024;
/** Longer memory is given back after each use. */
const keptMemory = 8 * 1024 * 1024;

/** How a worker thread opens contents. The seal proves each, for its IV is the hash that is the content's name. */
export function contentOpener(format: OpenerFormat): Opener {
  const sealer = contentSealer(format);
  if (sealer === undefined) throw new Error(`no cipher ${format.encryption}`);
  const hasher = contentHasher(format);
  const memories = { opened: growing(), unpacked: growing() };
  return {
    open: (piece, sealed) => openPiece(sealer, piece, sealed, memories),
    isContent: (id, content) =>
      hasher?.(content).equals(contentHash(id.startsWith(wholly) ? id.slice(1) : id)) === true,
    nameOf,
  };
}

/** Gives the same memory again and again, at least so many bytes. */
type Memory = (length: number) => Uint8Array;

function growing(): Memory {
  let memory = new Uint8Array(0);
  return length => {
    if (memory.length >= length && memory.length <= keptMemory) return memory;
    memory = new Uint8Array(length > keptMemory ? length : Math.min(2 * length, keptMemory));
    return memory;
  };
}

/** Before the id of a content that holds an object compressed as a whole. */
export const wholly = 'Z';

function openPiece(
  sealer: ContentSealer,
  { id, length, size, manner }: Pick<Place, 'id' | 'length' | 'size' | 'manner'>,
  sealed: Uint8Array,
  memories: { readonly opened: Memory; readonly unpacked: Memory },
): Uint8Array {
  const whole = isCompressedObject(manner);
  const compression = compressionOf(manner);
  const target = memories.opened(Math.max(length - sealer.overhead, 0));
  const opened = target.subarray(0, sealer.openInto(sealed, contentIv(whole ? id.slice(1) : id), target));
  const limit = whole ? innerLimit : size;
  const reused = compression !== 0 && !whole && size <= keptMemory;
  const into = reused ? memories.unpacked(size) : undefined;
  const inner = compression === 0 ? opened : decompress(compression, opened, { limit, into });
  const content = whole ? decompress(undefined, inner, { limit: size }) : inner;
  if (content.length !== size) throw new Fault(reasons.encoding);
  return content;
}

/** Reasons are told from thread to thread by their names, for their texts are functions. */
function nameOf(fault: Error): string {
  const found = Object.entries(reasons).find(
    ([, reason]) => fault instanceof Fault && reason === fault.reason,
  );
  return found?.[0] ?? 'encoding';
}
