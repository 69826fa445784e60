import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';

/** So often a key that is said to be taken, and is not, is asked for. */
const attempts = 3;

/**
 * `putIfAbsent`, also on S3 servers that take a deleted key of a bucket with versions for one that exists: where the
 * key is refused again and again though nothing is there, it is put without condition and read back. Of rivals that
 * both come to that, the one who is overwritten may not see it: a run therefore looks at its marker before it commits.
 *
 * @throws `storage.already-exists`
 */
export async function putNew(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  options: StoreOptions,
): Promise<void> {
  const { signal } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      await store.putIfAbsent(key, bytes, { signal });
      return;
    } catch (thrown) {
      const refused = isHozonError(thrown, 'storage.already-exists');
      if (!refused || (await store.head(key, { signal })) !== undefined) throw thrown;
      if (attempt < attempts) continue;
      await store.put(key, bytes, { signal });
      const stored = await readAll(store, key, { signal, limit: 16 * 1024 * 1024 });
      if (Buffer.compare(stored, bytes) !== 0) throw thrown;
      return;
    }
  }
}
