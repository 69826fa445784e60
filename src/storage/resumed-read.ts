import { isHozonError } from '#foundation/errors.ts';
import { type RetryOptions, retry } from '#foundation/retry.ts';
import type { ByteRange, ObjectStore, ReadOptions, StoredBody } from './object-store.ts';

/** How a retrying decorator waits between attempts, and whom it tells. */
export type RetryPolicy = Pick<RetryOptions, 'backoff' | 'clock' | 'random' | 'onRetry'>;

/** A read that was begun, as it was asked for. */
export interface Read {
  readonly inner: ObjectStore;
  readonly key: string;
  /** Absent: the whole object. */
  readonly range: ByteRange | undefined;
  readonly options: ReadOptions;
  readonly policy: RetryPolicy;
}

/** Whether `thrown` says that trying again can help. */
export function mayPass(thrown: unknown): boolean {
  return isHozonError(thrown) && thrown.retry === 'later';
}

/**
 * `body` with its cuts mended: where it throws an error that may pass, the bytes that are still missing are read
 * from the same version of the object. The attempts of the policy are counted anew after each chunk. A body
 * without a version is begun anew only if nothing was yielded of it.
 */
export function resumed(read: Read, body: StoredBody): StoredBody {
  const { size, version } = body;
  return {
    ...(size === undefined ? {} : { size }),
    ...(version === undefined ? {} : { version }),
    [Symbol.asyncIterator]: () => mended(read, body),
  };
}

async function* mended(read: Read, body: StoredBody): AsyncGenerator<Uint8Array> {
  const { policy, options } = read;
  let iterator = body[Symbol.asyncIterator]();
  let received = 0;
  const next = async (attempt: number) => {
    if (attempt > 1) iterator = (await reopen(read, body, received))[Symbol.asyncIterator]();
    return iterator.next();
  };
  const retryable = (thrown: unknown) => mayPass(thrown) && !isFinal(thrown) && isResumable(body, received);
  try {
    for (;;) {
      const chunk = await retry(next, { ...policy, signal: options.signal, retryable });
      if (chunk.done === true) return;
      received += chunk.value.length;
      yield chunk.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** What reading on cannot mend: another object has taken the place, or what was already handed out is wrong. */
function isFinal(thrown: unknown): boolean {
  return isHozonError(thrown, 'storage.changed') || isHozonError(thrown, 'storage.corrupted');
}

function isResumable(body: StoredBody, received: number): boolean {
  return received === 0 || (body.version !== undefined && body.size !== undefined);
}

async function reopen(
  { inner, key, range, options }: Read,
  body: StoredBody,
  received: number,
): Promise<StoredBody> {
  const again = { ...options, ifVersion: body.version ?? options.ifVersion };
  if (received === 0) return range === undefined ? inner.get(key, again) : inner.getRange(key, range, again);
  const offset = (range?.offset ?? 0) + received;
  return inner.getRange(key, { offset, length: (body.size ?? received) - received }, again);
}
