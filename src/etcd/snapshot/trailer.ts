import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes of the SHA-256 that etcd puts behind a snapshot; the database itself is a multiple of 512 long. */
export const trailerSize = 32;
const sector = 512;

/** `absent`: a copy of `member/snap/db`, which `etcdctl snapshot restore` takes only with `--skip-hash-check`. */
export type Trailer = 'sound' | 'absent' | 'differs';

/** Whether a file of so many bytes ends in a checksum. */
export function hasTrailer(size: number): boolean {
  return size % sector === trailerSize;
}

export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** Reads the whole file and compares it with the checksum at its end. */
export async function checkTrailer(path: string, options: HashOptions = {}): Promise<Trailer> {
  const { signal, onBytes } = options;
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (!hasTrailer(size)) return 'absent';
  const end = size - trailerSize;
  const hash = createHash('sha256');
  const piece = 1024 * 1024;
  if (end > 0) {
    const stream = createReadStream(path, { end: end - 1, highWaterMark: piece, signal });
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      hash.update(bytes);
      onBytes?.(bytes.length);
    }
  }
  const { buffer } = await file.read(Buffer.alloc(trailerSize), 0, trailerSize, end);
  return hash.digest().equals(buffer) ? 'sound' : 'differs';
}
