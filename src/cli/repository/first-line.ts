import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * The first line of a stream, in bytes, without its end; `undefined` where the stream has ended before it. What comes after it is left in
 * the stream for who reads on. A line may have so many bytes, and a longer one is cut.
 *
 * @throws the signal's reason, and what the stream throws
 */
export async function firstLine(
  stream: Readable,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<Buffer | undefined> {
  let line = Buffer.alloc(0);
  for (;;) {
    signal.throwIfAborted();
    const piece = stream.read() as Buffer | string | null;
    if (piece === null) {
      if (stream.readableEnded || stream.destroyed)
        return line.length === 0 ? undefined : withoutReturn(line);
      await readable(stream, signal);
      continue;
    }
    line = Buffer.concat([line, Buffer.from(piece as Buffer)]);
    const end = line.indexOf(lineFeed);
    if (end === -1 && line.length <= limit) continue;
    const taken = end === -1 ? limit : end;
    const rest = line.subarray(taken + 1);
    if (rest.length > 0) stream.unshift(rest);
    return withoutReturn(line.subarray(0, taken));
  }
}

const [lineFeed, carriageReturn] = [0x0a, 0x0d];

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}

/** Until there is something to read, or nothing more comes. */
async function readable(stream: Readable, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const either = { signal: AbortSignal.any([signal, settled.signal]) };
  const [more, end] = [once(stream, 'readable', either), once(stream, 'end', either)];
  try {
    await Promise.race([more, end]);
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    settled.abort();
    await Promise.allSettled([more, end]);
  }
}
