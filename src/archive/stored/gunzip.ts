import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { WatchedBody } from '#storage/bodies.ts';

/**
 * The unpacked bytes of a gzip stream as they come, without bound. What `source` throws is thrown as it is; where
 * the bytes are no gzip, or end too early, `damaged` says what to throw.
 */
export async function* gunzipped(
  source: AsyncIterable<Uint8Array>,
  damaged: (reason: string, cause: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const watched = new WatchedBody(source);
  const fed = pipeline(watched, gunzip);
  fed.catch(() => {}); // awaited below; a reader that leaves early ends it with an error of no interest
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
    await fed;
  } catch (thrown) {
    if (watched.threw(thrown)) throw thrown;
    throw damaged(thrown instanceof Error ? thrown.message : 'it is no gzip', thrown);
  } finally {
    gunzip.destroy();
  }
}
