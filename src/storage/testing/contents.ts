import { createCipheriv, createHash } from 'node:crypto';
import type { ObjectStore } from '../object-store.ts';

/** Bytes that look random but are the same for the same seed. */
export function bytesOf(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Some bytes as a stream of chunks of that size. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a stream yields, as one. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** The text that a key holds, or `undefined`. */
export async function textAt(store: ObjectStore, key: string): Promise<string | undefined> {
  if ((await store.head(key)) === undefined) return undefined;
  return (await collect(await store.get(key))).toString('utf8');
}

/** All items of a listing. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The keys of a listing. */
export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  return (await all(store.list(prefix))).map(info => info.key);
}

/** Gets an object, or a range of it, and reads it to its end. */
export async function read(
  store: ObjectStore,
  key: string,
  range?: { offset: number; length: number },
): Promise<Buffer> {
  return collect(await (range === undefined ? store.get(key) : store.getRange(key, range)));
}

/** A predicate for `assert.rejects`: a HozonError of the area `storage`. */
export function failure(name: string): { code: string } {
  return { code: `storage.${name}` };
}
