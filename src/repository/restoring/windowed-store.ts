import type { ByteRange, ObjectStore, StoredBody, StoreOptions } from '#storage/object-store.ts';
import { readOnly } from '#storage/read-only.ts';

/** Bytes that are read at once: what a walk reads of a pack lies together. */
const windowSize = 1024 * 1024;
const windowsKept = 6;

/**
 * A store to read from in which short ranges of the same object are asked for in windows, of which those used last are kept. For objects
 * that never change.
 */
export function windowed(inner: ObjectStore): ObjectStore {
  const windows = new Map<string, Promise<Buffer>>();
  const sizes = new Map<string, Promise<number | undefined>>();
  const sizeOf = (key: string, options: StoreOptions): Promise<number | undefined> => {
    const size = sizes.get(key) ?? inner.head(key, options).then(info => info?.size);
    sizes.set(key, size);
    size.catch(() => sizes.delete(key));
    return size;
  };
  const windowOf = (key: string, range: ByteRange, options: StoreOptions): Promise<Buffer> => {
    const name = `${key} ${range.offset}`;
    const window = windows.get(name) ?? readRange(inner, key, { range, options });
    windows.delete(name);
    windows.set(name, window);
    window.catch(() => windows.delete(name));
    const [oldest] = windows.keys();
    if (windows.size > windowsKept && oldest !== undefined) windows.delete(oldest);
    return window;
  };
  return {
    ...readOnly(inner),
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
