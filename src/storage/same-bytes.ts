import { createHash } from 'node:crypto';

/** Whether two streams yield the same bytes, however they are cut into chunks. Reads both to their ends. */
export async function sameBytes(
  one: AsyncIterable<Uint8Array>,
  other: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  return (await digestOf(one)) === (await digestOf(other));
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
