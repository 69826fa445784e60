import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import type { SnapshotSink } from './sink.ts';

/**
 * An object store. A snapshot is uploaded while it is taken, and appears when its check has passed: an upload whose stream throws is
 * aborted. Which places are refused is the caller's business (`velero-locations.ts`).
 */
export function objectSink(store: Pick<ObjectStore, 'url' | 'head' | 'putIfAbsent'>): SnapshotSink {
  return {
    url: store.url,
    async store({ name, bytes }, { signal }) {
      const place = `${store.url.replace(/\/+$/, '')}/${name}`;
      if ((await store.head(name, { signal })) !== undefined) throw raise['save-exists']({ place });
      try {
        const { size } = await store.putIfAbsent(name, bytes, { signal });
        return { place, size };
      } catch (cause) {
        if (!isHozonError(cause, 'storage.already-exists')) throw cause;
        throw raise['save-exists']({ place }, { cause });
      }
    },
  };
}
