/** Reads a body whole, or resolves to `undefined` (and stops reading) where it is longer than `limit` bytes. */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) return undefined; // leaving the loop destroys the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/**
 * Splits a stream into lines, without their line feeds. Throws a RangeError where a line is longer than `longest`
 * bytes. A last line that has no line feed was cut off and is not yielded.
 */
export async function* lines(body: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...pending, chunk.subarray(from, end)]).toString('utf8');
      pending = [];
      size = 0;
      from = end + 1;
    }
    if (from < chunk.length) {
      pending.push(chunk.subarray(from));
      size += chunk.length - from;
    }
    if (size > longest) throw new RangeError(`a line is longer than ${longest} bytes`);
  }
}
