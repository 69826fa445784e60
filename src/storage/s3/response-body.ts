import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { abortable } from '../bodies.ts';
import { raise } from '../errors.ts';
import type { StoredBody } from '../object-store.ts';
import { type Subject, s3Failure } from './failures.ts';

/**
 * The body of an answer as what `get` promises: exactly `expected` bytes, or `storage.truncated`. The connection is
 * let go after the last of them, or when the reader leaves.
 */
export function storedBody(
  answer: GetObjectCommandOutput,
  expected: number,
  subject: Subject,
  signal: AbortSignal | undefined,
): StoredBody {
  const stream = streamOfAnswer(answer);
  const version = answer.ETag;
  return {
    size: expected,
    ...(version === undefined ? {} : { version }),
    [Symbol.asyncIterator]: () => counted(stream, expected, subject, signal),
  };
}

/** Lets go of an answer whose body is not wanted. */
export function discard(answer: GetObjectCommandOutput): void {
  const stream = streamOfAnswer(answer);
  stream.on('error', () => {}); // the connection ends in the middle, which is what is meant
  stream.destroy();
}

function streamOfAnswer(answer: GetObjectCommandOutput): Readable {
  const { Body } = answer;
  return Body instanceof Readable ? Body : Readable.from([]);
}

async function* counted(
  stream: Readable,
  expected: number,
  subject: Subject,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  try {
    for await (const chunk of abortable(stream as AsyncIterable<Uint8Array>, signal)) {
      received += chunk.length;
      if (received > expected) break;
      yield chunk;
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    throw cutOff(thrown)
      ? raise.truncated({ ...subject, expected, received }, { cause: thrown })
      : failure(thrown, subject);
  } finally {
    stream.destroy();
  }
  if (received !== expected) throw raise.truncated({ ...subject, expected, received });
}

function cutOff(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    (thrown.code === 'ECONNRESET' || thrown.code === 'ERR_STREAM_PREMATURE_CLOSE')
  );
}

function failure(thrown: unknown, subject: Subject): unknown {
  if (thrown instanceof Error && /checksum mismatch/i.test(thrown.message)) {
    return raise.corrupted(subject, { cause: thrown });
  }
  return s3Failure(thrown, subject);
}
