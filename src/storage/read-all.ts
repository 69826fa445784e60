import { concatenated } from './bodies.ts';
import { raise } from './errors.ts';
import type { ObjectStore, StoreOptions } from './object-store.ts';

export interface ReadAllOptions extends StoreOptions {
  /** Bytes; a longer object is refused with `storage.too-large` before more than that is held. */
  readonly limit: number;
}

/** A whole object in memory, for those that are small by nature (metadata, lists of results). */
export async function readAll(store: ObjectStore, key: string, options: ReadAllOptions): Promise<Uint8Array> {
  const { limit } = options;
  const body = await store.get(key, options);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw raise['too-large']({ url: store.url, key, limit });
    chunks.push(chunk);
  }
  return concatenated(chunks, length);
}

/** {@link readAll} of an object that is UTF-8 text. Bytes that are not UTF-8 become U+FFFD. */
export async function readText(store: ObjectStore, key: string, options: ReadAllOptions): Promise<string> {
  return new TextDecoder().decode(await readAll(store, key, options));
}
