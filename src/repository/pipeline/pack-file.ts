import { readSync, writeSync } from 'node:fs';

/** What the system refused of the file of a pack. */
export class PackUnwritten extends Error {
  override readonly name = 'PackUnwritten';
  readonly slot: number;
  readonly reason: Error;

  constructor(slot: number, reason: Error) {
    super(reason.message);
    this.slot = slot;
    this.reason = reason;
  }
}

/** Does something with the file of a slot's pack. What is no refusal of the system is thrown as it is. @throws PackUnwritten */
export function onFile<T>(slot: number, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw thrown instanceof Error && 'syscall' in thrown ? new PackUnwritten(slot, thrown) : thrown;
  }
}

/**
 * Bytes that are written and read at once. The kernel takes memory for its page cache in pieces as long as the call, and is the
 * fastest with these; what was sealed so little before is still in the processor's cache.
 */
export const pieceSize = 256 * 1024;

export function writeFully(descriptor: number, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(descriptor, bytes, at, Math.min(pieceSize, bytes.length - at), offset + at);
  }
}

/** Takes the first bytes of a file, each piece in memory that is used again. @throws Error where there are fewer */
export function readPieces(descriptor: number, size: number, take: (piece: Uint8Array) => void): void {
  const room = Buffer.allocUnsafe(Math.min(pieceSize, size));
  for (let at = 0; at < size; ) {
    const count = readSync(descriptor, room, 0, Math.min(room.length, size - at), at);
    if (count === 0) throw new Error(`a pack of ${size} bytes has only ${at}`);
    take(room.subarray(0, count));
    at += count;
  }
}
