import type { BoundaryFinder } from '../chunking/boundary.ts';

/** A chunk of a stream, in memory that every thread can read. */
export interface StreamChunk {
  readonly memory: SharedArrayBuffer;
  /** Bytes, at the beginning of the memory. */
  readonly length: number;
}

/**
 * The chunks of a stream. Each comes in memory that was asked for; what comes behind a cut is moved on into the next one.
 *
 * @param nextMemory as large as the longest chunk
 */
export async function* chunksOfStream(
  finder: BoundaryFinder,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  nextMemory: () => Promise<SharedArrayBuffer>,
): AsyncGenerator<StreamChunk> {
  let memory: Uint8Array<SharedArrayBuffer> | undefined;
  let length = 0;
  for await (const piece of body) {
    for (let at = 0; at < piece.length; ) {
      memory ??= new Uint8Array(await nextMemory());
      const taken = piece.subarray(at, at + finder.sizes.max - length);
      memory.set(taken, length);
      const cut = cutAt(finder, memory, { from: length, to: length + taken.length });
      at += cut === 0 ? taken.length : cut - length;
      length += taken.length;
      if (cut === 0) continue;
      yield { memory: memory.buffer, length: cut };
      [memory, length] = [undefined, 0];
    }
  }
  if (memory !== undefined) yield { memory: memory.buffer, length };
}

/** Where the chunk at the beginning of the memory ends; 0 where it goes on. */
function cutAt(
  { find, sizes }: BoundaryFinder,
  memory: Uint8Array,
  { from, to }: { from: number; to: number },
): number {
  const boundary = find(memory, from, to);
  return boundary === 0 && to === sizes.max ? to : boundary;
}
