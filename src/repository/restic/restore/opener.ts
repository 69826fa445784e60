import { hash } from 'node:crypto';
import { Fault } from '../../format/fault.ts';
import type { Opener } from '../../restoring/contents.ts';
import { BlobOpener } from '../access/blob-opener.ts';
import { reasons } from '../format/reasons.ts';
import type { SealKey } from '../sealing/seal.ts';

/** How a worker thread opens blobs. A piece's manner is the size of its content where it is compressed, 0 where not. */
export function openerOf(key: SealKey): Opener {
  const opener = new BlobOpener(key);
  return {
    open: ({ id, length, manner }, sealed) =>
      opener.openInPlace({ id, length, uncompressed: manner, type: 'data', offset: 0 }, sealed),
    isContent: (id, content) => hash('sha256', content) === id,
    nameOf: fault => nameOfReason(fault),
  };
}

/** Reasons are told from thread to thread by their names, for their texts are functions. */
function nameOfReason(fault: Error): string {
  const found = Object.entries(reasons).find(
    ([, reason]) => fault instanceof Fault && reason === fault.reason,
  );
  return found?.[0] ?? 'otherBytes';
}
