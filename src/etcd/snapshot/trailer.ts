import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { noProgress } from '#foundation/progress.ts';
import type { ReadingOptions } from '../bolt/paced.ts';

/** Bytes of the SHA-256 that etcd puts behind a snapshot; the database itself is a multiple of 512 long. */
export const trailerSize = 32;
const sector = 512;

/**
 * `absent`: a copy of `member/snap/db`, which `etcdctl snapshot restore` takes only with `--skip-hash-check`. `cut`: a length that
 * neither a database nor a snapshot has; etcdctl takes such a file for one without a checksum.
 */
export type Trailer = 'sound' | 'absent' | 'differs' | 'cut';

/** Whether a file of so many bytes ends in a checksum. */
export function hasTrailer(size: number): boolean {
  return size % sector === trailerSize;
}

/** Reads the whole file and compares it with the checksum at its end. */
export async function checkTrailer(path: string, options: ReadingOptions = {}): Promise<Trailer> {
  const { signal, progress = noProgress } = options;
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (!hasTrailer(size)) return size % sector === 0 ? 'absent' : 'cut';
  const end = size - trailerSize;
  const hash = createHash('sha256');
  const piece = 1024 * 1024;
  if (end > 0) {
    const stream = createReadStream(path, { end: end - 1, highWaterMark: piece, signal });
    let done = 0;
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      hash.update(bytes);
      done += bytes.length;
      progress({ phase: 'checksum', done, total: end, unit: 'bytes' });
    }
  }
  const { buffer } = await file.read(Buffer.alloc(trailerSize), 0, trailerSize, end);
  return hash.digest().equals(buffer) ? 'sound' : 'differs';
}
