import type { BegunWrite, ObjectInfo, ObjectStore, PutOptions } from './object-store.ts';

/** The bytes of an object: in memory; or written, all of them, to where the store itself wants them. */
export type WholeBody = Uint8Array | { readonly written: BegunWrite /** Bytes. */; readonly length: number };

/** Stores a whole object. */
export async function putWhole(
  store: Pick<ObjectStore, 'put'>,
  key: string,
  body: WholeBody,
  options: PutOptions = {},
): Promise<ObjectInfo> {
  const sized = { ...options, size: body.length };
  return 'written' in body ? body.written.finish(key, sized) : store.put(key, body, sized);
}
