import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { type Json, parseJson } from '../../format/go-json.ts';
import { idOf, isId } from '../format/ids.ts';
import { reasons } from '../format/reasons.ts';
import { decompress } from '../format/zstd.ts';
import { type SealKey, unseal } from '../sealing/seal.ts';

/** The folders whose files are JSON, sealed as a whole. */
export type DocumentFolder = 'index' | 'snapshots' | 'locks';

/** Bytes of a JSON file, before and after it is decompressed. */
const documentLimit = 256 * 1024 * 1024;
/** The first byte of a plain text that goes on as a zstd frame. */
const compressedMark = 2;

/** What reading a repository's files needs. */
export interface Sealed {
  readonly store: ObjectStore;
  readonly key: SealKey;
}

/** The ids of the files in a folder. What else lies there (files of writers at work) is no file of the repository. */
export async function* idsIn(
  store: ObjectStore,
  folder: DocumentFolder | 'keys' | 'data',
  options: StoreOptions = {},
): AsyncGenerator<{ readonly id: string; readonly size: number }> {
  for await (const { key, size } of store.list(`${folder}/`, options)) {
    const id = key.slice(key.lastIndexOf('/') + 1);
    if (isId(id) && key === keyOf(folder, id)) yield { id, size };
  }
}

/** Where a file lies. Packs are spread over folders by the first byte of their ids. */
export function keyOf(folder: DocumentFolder | 'keys' | 'data', id: string): string {
  return folder === 'data' ? `data/${id.slice(0, 2)}/${id}` : `${folder}/${id}`;
}

/** Whether a file of a repository may lie under a key. */
export function isOwnKey(key: string): boolean {
  const [, folder, id = ''] = /^(index|snapshots|locks|keys|data\/[0-9a-f]{2})\/([^/]*)$/.exec(key) ?? [];
  return key === 'config' || (folder !== undefined && isId(id));
}

/** The JSON of a file. @throws `repository.damaged`, `repository.file-missing` and what the store throws */
export async function readDocument(
  sealed: Sealed,
  folder: DocumentFolder,
  id: string,
  options: StoreOptions = {},
): Promise<Json> {
  const text = await readDocumentText(sealed, folder, id, options);
  return naming(sealed.store, keyOf(folder, id), async () => jsonOf(text));
}

/** The plain text of a file, which should be JSON. @throws as {@link readDocument} does */
export async function readDocumentText(
  { store, key }: Sealed,
  folder: DocumentFolder,
  id: string,
  options: StoreOptions = {},
): Promise<Buffer> {
  const file = keyOf(folder, id);
  return naming(store, file, async () => {
    const bytes = await readAll(store, file, { ...options, limit: documentLimit });
    if (idOf(bytes) !== id) throw new Fault(reasons.otherBytes);
    return openText(key, bytes);
  });
}

/** The JSON in the bytes of a sealed file. @throws Fault */
export function openDocument(key: SealKey, bytes: Uint8Array): Json {
  return jsonOf(openText(key, bytes));
}

function openText(key: SealKey, bytes: Uint8Array): Buffer {
  const plain = unseal(key, bytes);
  if (plain === undefined) throw new Fault(reasons.notAuthentic);
  const text = plain[0] === compressedMark ? decompress(plain.subarray(1), documentLimit) : plain;
  if (text === undefined) throw new Fault(reasons.encoding);
  return text;
}

/** @throws Fault */
export function jsonOf(text: Buffer): Json {
  try {
    return parseJson(text.toString());
  } catch (cause) {
    throw new Fault(reasons.notJson, { cause });
  }
}

/** Runs `action`; what it finds wrong with a file is thrown with the file's name, as an error for people. */
export async function naming<T>(store: ObjectStore, file: string, action: () => Promise<T>): Promise<T> {
  const { url } = store;
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof Fault) throw raise.damaged({ url, file, reason: cause.reason }, { cause });
    if (isHozonError(cause, 'storage.not-found')) throw raise['file-missing']({ url, file }, { cause });
    if (isHozonError(cause, 'storage.too-large')) {
      throw raise.damaged({ url, file, reason: reasons.tooLarge }, { cause });
    }
    if (isHozonError(cause, 'storage.truncated')) {
      throw raise.damaged({ url, file, reason: reasons.packSize }, { cause });
    }
    throw cause;
  }
}
