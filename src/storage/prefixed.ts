import { extendRetention } from './extend-retention.ts';
import { checkFolderPrefix, checkKey, checkPrefix } from './keys.ts';
import type { BegunWrite, ObjectInfo, ObjectStore } from './object-store.ts';

/**
 * A part of a location as a location of its own: the keys that begin with `prefix` (ending in `/`), without it.
 * Closing it leaves `inner` open, which others may use too. Errors name the full key.
 */
export function prefixed(inner: ObjectStore, prefix: string): ObjectStore {
  checkFolderPrefix(prefix);
  const full = (key: string) => {
    checkKey(key);
    return prefix + key;
  };
  const fullPrefix = (below: string) => {
    checkPrefix(below);
    return prefix + below;
  };
  const relative = <T extends { readonly key: string }>(info: T): T => ({
    ...info,
    key: info.key.slice(prefix.length),
  });
  return {
    url: `${inner.url}/${prefix.slice(0, -1)}`,
    get: async (key, options) => inner.get(full(key), options),
    getRange: async (key, range, options) => inner.getRange(full(key), range, options),
    put: async (key, body, options) => relative(await inner.put(full(key), body, options)),
    putIfAbsent: async (key, body, options) => relative(await inner.putIfAbsent(full(key), body, options)),
    head: async (key, options) => optional(await inner.head(full(key), options), relative),
    list: (below, options = {}) => {
      const after = options.after === undefined ? undefined : prefix + options.after;
      return mapped(() => inner.list(fullPrefix(below), { ...options, after }), relative);
    },
    listPrefixes: (below, options) =>
      mapped(
        () => inner.listPrefixes(fullPrefix(below), options),
        found => found.slice(prefix.length),
      ),
    delete: async (key, options) => inner.delete(full(key), options),
    presign: async (key, options) => inner.presign(full(key), options),
    pathOf: async (key, options) => inner.pathOf?.(full(key), options),
    begin: async (key, options) => begunBelow(await inner.begin?.(full(key), options), prefix, relative),
    extendRetention: async (key, retention, options) => extendRetention(inner, full(key), retention, options),
    unfinished: (below, options) => mapped(() => inner.unfinished(fullPrefix(below), options), relative),
    abandon: (write, options) => inner.abandon({ ...write, key: prefix + write.key }, options),
    close: async () => {},
  };
}

function begunBelow(
  begun: BegunWrite | undefined,
  prefix: string,
  relative: (info: ObjectInfo) => ObjectInfo,
): BegunWrite | undefined {
  return (
    begun && {
      descriptor: begun.descriptor,
      failure: thrown => begun.failure(thrown),
      finish: async (key, options) => relative(await begun.finish(prefix + key, options)), // which refuses what is no key
      abandon: () => begun.abandon(),
    }
  );
}

function optional(
  info: ObjectInfo | undefined,
  map: (info: ObjectInfo) => ObjectInfo,
): ObjectInfo | undefined {
  return info === undefined ? undefined : map(info);
}

async function* mapped<T, R>(open: () => AsyncIterable<T>, map: (item: T) => R): AsyncGenerator<R> {
  for await (const item of open()) yield map(item);
}
