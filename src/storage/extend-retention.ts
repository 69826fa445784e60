import type { HozonError } from '#foundation/errors.ts';
import { raise } from './errors.ts';
import type { ObjectStore, Retention, StoreOptions } from './object-store.ts';

/**
 * {@link ObjectStore.extendRetention} of a store that may have no such method.
 *
 * @throws `storage.unsupported` where it has none, and as it does
 */
export async function extendRetention(
  store: ObjectStore,
  key: string,
  retention: Retention,
  options: StoreOptions = {},
): Promise<void> {
  if (store.extendRetention === undefined) throw cannotLock(store);
  await store.extendRetention(key, retention, options);
}

/** That a store cannot lock objects: `storage.unsupported`. */
export function cannotLock({ url }: Pick<ObjectStore, 'url'>): HozonError {
  return raise.unsupported({ url, reason: 'it cannot lock objects' });
}
