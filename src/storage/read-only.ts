import { raise } from './errors.ts';
import type { ObjectStore } from './object-store.ts';

/** A store whose writing methods reject with `storage.read-only` before anything is asked of `inner`. */
export function readOnly(inner: ObjectStore): ObjectStore {
  const refuse = async (): Promise<never> => {
    throw raise['read-only']({ url: inner.url });
  };
  return {
    url: inner.url,
    get: (key, options) => inner.get(key, options),
    getRange: (key, range, options) => inner.getRange(key, range, options),
    head: (key, options) => inner.head(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    listPrefixes: (prefix, options) => inner.listPrefixes(prefix, options),
    presign: (key, options) => inner.presign(key, options),
    pathOf: async (key, options) => inner.pathOf?.(key, options),
    unfinished: (prefix, options) => inner.unfinished(prefix, options),
    close: () => inner.close(),
    put: refuse,
    putIfAbsent: refuse,
    delete: refuse,
    abandon: refuse,
    extendRetention: refuse,
  };
}
