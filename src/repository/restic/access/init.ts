import { randomBytes } from 'node:crypto';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { randomPolynomial } from '../../chunking/polynomial.ts';
import { raise } from '../../errors.ts';
import { type Config, readConfig, writeConfig } from '../format/config.ts';
import { type SealKey, seal, unseal } from '../sealing/seal.ts';
import { idsIn, keyOf, naming, openDocument } from './files.ts';
import type { Identity } from './identity.ts';
import { type NewKeyOptions, newKeyFile } from './new-key.ts';
import { configLimit, type OpenRepository } from './open.ts';
import { type FoundKey, keysTried, openedKeys } from './opened-keys.ts';

export interface InitOptions extends StoreOptions, NewKeyOptions {
  readonly identity: Identity;
  /** Of another repository, for chunks that both share; random unless given. */
  readonly polynomial?: bigint | undefined;
  /** Goes on although an interrupted `init` left keys that the password does not open, and removes them at the end. */
  readonly discardLeftovers?: boolean | undefined;
}

/**
 * Makes a repository of version 2 in a location that holds none. Its key is written first, its config last and only where there
 * is none, so of several at once exactly one makes the repository, and what was interrupted has a key and nothing
 * else: with the same password it is completed with that key.
 *
 * @throws `repository.exists`, `keys-left-over` and what the store throws
 */
export async function initRestic(store: ObjectStore, options: InitOptions): Promise<OpenRepository> {
  await refuseExisting(store, options);
  const leftovers = (await Array.fromAsync(idsIn(store, 'keys', options))).map(({ id }) => id);
  const found = await openLeftover(store, leftovers, options);
  const [first] = leftovers;
  if (found === undefined && first !== undefined && options.discardLeftovers !== true) {
    throw raise['keys-left-over']({ url: store.url, file: keyOf('keys', first) });
  }
  const own = found ?? (await putKey(store, options));
  const config = await putConfig(store, own, options);
  if (config === undefined) {
    if (found === undefined) await store.delete(keyOf('keys', own.keyId), options);
    throw raise.exists({ url: store.url, file: 'config' });
  }
  if (options.discardLeftovers === true) await discard(store, leftovers, own.keyId, options);
  return { store, key: own.key, keyId: own.keyId, config };
}

async function refuseExisting(store: ObjectStore, options: StoreOptions): Promise<void> {
  const { url } = store;
  if ((await store.head('config', options)) !== undefined) throw raise.exists({ url, file: 'config' });
  for (const folder of ['snapshots', 'index', 'data'] as const) {
    for await (const { id } of idsIn(store, folder, options)) {
      throw raise.exists({ url, file: keyOf(folder, id) });
    }
  }
}

/** The key of an interrupted `init` that the password opens. */
async function openLeftover(
  store: ObjectStore,
  ids: readonly string[],
  options: InitOptions,
): Promise<FoundKey | undefined> {
  const opened = openedKeys(store, [ids.slice(0, keysTried)], { ...options, onDamage: () => {} });
  for await (const found of opened) return found;
  return undefined;
}

async function putKey(store: ObjectStore, options: InitOptions): Promise<FoundKey> {
  const key: SealKey = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  const { id: keyId, bytes } = await newKeyFile(key, options);
  await store.put(keyOf('keys', keyId), bytes, { signal: options.signal, size: bytes.length });
  return { key, keyId };
}

/**
 * The config that the repository has in the end; `undefined` where that is one of another key. One of the own key was stored by this very
 * request, whose answer was lost, or by another who completed the same beginning.
 */
async function putConfig(
  store: ObjectStore,
  { key }: FoundKey,
  { signal, polynomial = randomPolynomial() }: InitOptions,
): Promise<Config | undefined> {
  const config: Config = { version: 2, id: randomBytes(32).toString('hex'), polynomial };
  const bytes = seal(key, writeConfig(config));
  try {
    await store.putIfAbsent('config', bytes, { signal, size: bytes.length });
    return config;
  } catch (thrown) {
    if (!isHozonError(thrown, 'storage.already-exists')) throw thrown;
    const stored = await readAll(store, 'config', { signal, limit: configLimit });
    if (unseal(key, stored) === undefined) return undefined;
    const reading = await naming(store, 'config', async () => readConfig(openDocument(key, stored)));
    return 'fault' in reading ? undefined : reading;
  }
}

async function discard(
  store: ObjectStore,
  ids: readonly string[],
  kept: string,
  { signal }: StoreOptions,
): Promise<void> {
  for (const id of ids) if (id !== kept) await store.delete(keyOf('keys', id), { signal });
}
