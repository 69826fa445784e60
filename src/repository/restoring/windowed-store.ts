import type { ByteRange, ObjectStore, StoredBody, StoreOptions } from '#storage/object-store.ts';
import { readOnly } from '#storage/read-only.ts';

/** Bytes that are read at once: what a walk reads of a pack lies together. */
const windowSize = 1024 * 1024;
const windowsKept = 6;

/** A store to read from that holds some of what was read. */
export interface WindowedStore extends ObjectStore {
  /** A range of an object, a view of memory that nobody changes; `undefined` where it would have to be read. */
  readonly held: (key: string, range: ByteRange) => Buffer | undefined;
  /** Whether it is {@link held}. */
  readonly isHeld: (key: string, offset: number, length: number) => boolean;
}

/**
 * A store to read from in which short ranges of the same object are asked for in windows, of which those used last are kept. For objects
 * that never change.
 */
export function windowed(inner: ObjectStore): WindowedStore {
  const windows = new Map<string, Window>();
  const sizes = new Map<string, Promise<number | undefined>>();
  /** The one that was used last, where nothing was asked for since. */
  let latest: { readonly key: string; readonly first: number; readonly bytes: Buffer } | undefined;
  const sizeOf = (key: string, options: StoreOptions): Promise<number | undefined> => {
    const size = sizes.get(key) ?? inner.head(key, options).then(info => info?.size);
    sizes.set(key, size);
    size.catch(() => sizes.delete(key));
    return size;
  };
  const windowOf = (key: string, range: ByteRange, options: StoreOptions): Promise<Buffer> => {
    const name = `${key} ${range.offset}`;
    latest = undefined;
    const window = windows.get(name) ?? begin(readRange(inner, key, { range, options }));
    windows.delete(name);
    windows.set(name, window);
    window.reading.catch(() => windows.delete(name));
    const [oldest] = windows.keys();
    if (windows.size > windowsKept && oldest !== undefined) windows.delete(oldest);
    return window.reading;
  };
  /** The window that has a range. */
  const bytesWith = (key: string, offset: number, length: number): Buffer | undefined => {
    const first = offset - (offset % windowSize);
    if (latest?.first !== first || latest.key !== key) {
      const name = `${key} ${first}`;
      const window = windows.get(name);
      if (window?.bytes === undefined) return undefined;
      windows.delete(name);
      windows.set(name, window);
      latest = { key, first, bytes: window.bytes };
    }
    return offset - first + length > latest.bytes.length ? undefined : latest.bytes;
  };
  return {
    ...readOnly(inner),
    held: (key, { offset, length }) => {
      const bytes = bytesWith(key, offset, length);
      const at = offset % windowSize;
      return bytes?.subarray(at, at + length);
    },
    isHeld: (key, offset, length) => bytesWith(key, offset, length) !== undefined,
    getRange: async (key, range, options = {}) => {
      const first = range.offset - (range.offset % windowSize);
      const size = (await sizeOf(key, options)) ?? 0;
      const end = Math.min(first + windowSize, size);
      // what is longer than a window, or lies in two, is read by itself; so is what is not there
      if (range.offset + range.length > end) return inner.getRange(key, range, options);
      const window = await windowOf(key, { offset: first, length: end - first }, options).catch(
        () => undefined,
      );
      // a place that cannot be read must not hide what is around it
      if (window === undefined) return inner.getRange(key, range, options);
      return bodyOf(window.subarray(range.offset - first, range.offset - first + range.length));
    },
  };
}

interface Window {
  readonly reading: Promise<Buffer>;
  /** Once they are there. */
  bytes?: Buffer;
}

function begin(reading: Promise<Buffer>): Window {
  const window: Window = { reading };
  reading.then(
    bytes => (window.bytes = bytes),
    () => {},
  );
  return window;
}

async function readRange(
  inner: ObjectStore,
  key: string,
  { range, options }: { readonly range: ByteRange; readonly options: StoreOptions },
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(range.length);
  let at = 0;
  for await (const part of await inner.getRange(key, range, options)) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function bodyOf(bytes: Buffer): StoredBody {
  return {
    size: bytes.length,
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}
