import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Static, TSchema } from 'typebox';
import { decode } from '#api/schema.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { raise } from '../errors.ts';
import { gunzipped } from './gunzip.ts';

/** Bytes of unpacked JSON that are read of one file: 256 MiB, the list of some four million objects. */
export const unpackedLimit = 256 * 1024 * 1024;

/** Bytes of a plain JSON file that are read: more than twice what etcd holds of one object. */
export const plainLimit = 4 * 1024 * 1024;

export interface JsonFileOptions extends StoreOptions {
  /** Bytes, unpacked. */
  readonly limit?: number | undefined;
}

/** A value as Velero stores its lists: JSON and a line feed, gzip'ed. */
export async function gzipJson(value: unknown): Promise<Uint8Array> {
  return promisify(gzip)(`${JSON.stringify(value)}\n`);
}

/**
 * A gzip'ed JSON file as the schema's type; `undefined` where there is no such file. What it holds is not trusted:
 * at most `limit` bytes are unpacked.
 *
 * @throws `archive.corrupt-file`, `archive.file-too-large`, `storage.*`
 */
export async function readGzipJson<T extends TSchema>(
  store: ObjectStore,
  key: string,
  schema: T,
  options: JsonFileOptions = {},
): Promise<Static<T> | undefined> {
  const { limit = unpackedLimit, signal } = options;
  try {
    const body = await store.get(key, { signal });
    return decodeFile(store, key, schema, await unpack(store, key, body, limit));
  } catch (thrown) {
    if (isHozonError(thrown, 'storage.not-found')) return undefined;
    throw thrown;
  }
}

/**
 * A plain JSON file as the schema's type; `undefined` where there is no such file.
 *
 * @throws `archive.corrupt-file`, `storage.too-large`, `storage.*`
 */
export async function readPlainJson<T extends TSchema>(
  store: ObjectStore,
  key: string,
  schema: T,
  options: JsonFileOptions = {},
): Promise<Static<T> | undefined> {
  const { limit = plainLimit, signal } = options;
  try {
    return decodeFile(store, key, schema, await readAll(store, key, { signal, limit }));
  } catch (thrown) {
    if (isHozonError(thrown, 'storage.not-found')) return undefined;
    throw thrown;
  }
}

async function unpack(
  store: ObjectStore,
  key: string,
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of gunzipped(body, corruptFile(store, key))) {
    length += chunk.length;
    if (length > limit) throw raise['file-too-large']({ url: store.url, file: key, limit });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Makes `archive.corrupt-file` errors of one file. */
export function corruptFile(store: ObjectStore, file: string): (reason: string, cause: unknown) => Error {
  return (reason, cause) => raise['corrupt-file']({ url: store.url, file, reason }, { cause });
}

function decodeFile<T extends TSchema>(
  store: ObjectStore,
  key: string,
  schema: T,
  bytes: Uint8Array,
): Static<T> {
  const damaged = corruptFile(store, key);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    throw damaged('it is no JSON', thrown);
  }
  try {
    return decode(schema, value, 'it');
  } catch (thrown) {
    throw damaged(describeThrown(thrown), thrown);
  }
}
