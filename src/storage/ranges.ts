import type { ByteRange } from './object-store.ts';

/** Throws a RangeError unless both are non-negative integers; a range is always the caller's own arithmetic. */
export function checkRange({ offset, length }: ByteRange): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new RangeError(`not a range of bytes: offset ${offset}, length ${length}`);
  }
}
