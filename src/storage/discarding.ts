import { streamOf } from './bodies.ts';
import type { Body, ObjectInfo, ObjectStore } from './object-store.ts';

/** A store that reads `inner` and forgets what is written: for rehearsals. What was put is not to be seen afterwards. */
export function discarding(inner: ObjectStore): ObjectStore {
  const forget = async (key: string, body: Body): Promise<ObjectInfo> => {
    let size = 0;
    for await (const piece of streamOf(body)) size += piece.length;
    return { key, size, modified: new Date(0) };
  };
  return {
    url: inner.url,
    get: (key, options) => inner.get(key, options),
    getRange: (key, range, options) => inner.getRange(key, range, options),
    head: (key, options) => inner.head(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    listPrefixes: (prefix, options) => inner.listPrefixes(prefix, options),
    presign: (key, options) => inner.presign(key, options),
    unfinished: (prefix, options) => inner.unfinished(prefix, options),
    close: () => inner.close(),
    put: forget,
    putIfAbsent: forget,
    delete: async () => {},
    abandon: async () => {},
    extendRetention: async () => {},
  };
}
