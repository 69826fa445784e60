import { randomUUID } from 'node:crypto';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';

/** The store's own time now, in milliseconds since 1970. */
export type StoreTime = () => Promise<number>;

const probes = 'metadata/hozon-clock-';

/** Milliseconds after which a probe that is still there was left by a process that died. */
const probeLifetime = 10 * 60_000;

/**
 * Reads the store's own clock by storing an object and looking when the store says that was, so that ages of
 * objects do not depend on this machine's clock. It is read once and goes on from there. The object stands in
 * `metadata/`, a folder that Velero allows and no longer uses, for a moment; what dead processes left of the kind
 * is removed on the way.
 */
export function storeTimeOf(store: ObjectStore, options: StoreOptions = {}): StoreTime {
  let read: Promise<number> | undefined;
  return async () => {
    read ??= readTime(store, options).then(time => time - performance.now());
    return (await read) + performance.now();
  };
}

async function readTime(store: ObjectStore, options: StoreOptions): Promise<number> {
  const key = probes + randomUUID();
  try {
    const put = await store.put(key, Buffer.from('time?\n'), options);
    const time = ((await store.head(key, options)) ?? put).modified.getTime();
    const stale: string[] = [];
    for await (const info of store.list(probes, options)) {
      if (time - info.modified.getTime() > probeLifetime) stale.push(info.key);
    }
    for (const left of stale) await store.delete(left, options);
    return time;
  } finally {
    await store.delete(key);
  }
}
