import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { type Config, readConfig } from '../format/config.ts';
import { idOf } from '../format/ids.ts';
import { type KeyFile, keyFileLimit, openKeyFile, parseKeyFile } from '../format/key-file.ts';
import { reasons } from '../format/reasons.ts';
import { type SealKey, unseal } from '../sealing/seal.ts';
import { idsIn, keyOf, naming, openDocument } from './files.ts';

export interface OpenOptions extends StoreOptions {
  /** Bytes as they are typed, without the line's end. */
  readonly password: Uint8Array;
  /** The beginning of the id of the key to try first. */
  readonly keyHint?: string | undefined;
}

/** A repository whose master key is known. */
export interface OpenRepository {
  readonly store: ObjectStore;
  readonly key: SealKey;
  readonly config: Config;
  /** The id of the key file that the password opened. */
  readonly keyId: string;
  /** Bytes at which a pack that is written is closed; 16 MiB unless told. */
  readonly packSize?: number | undefined;
  /** Told which packs hold trees, as soon as that is known: for a cache. */
  readonly onTreePacks?: ((ids: ReadonlySet<string>) => Promise<void>) | undefined;
}

/** Bytes of the file `config`. */
export const configLimit = 1024 * 1024;
/** How many keys a password is tried on. restic tries no more either; each takes a third of a second. */
export const keysTried = 20;

/**
 * Opens a restic repository, version 1 or 2, with the password of any of its keys. Nothing is written.
 *
 * @throws `repository.not-found`, `no-keys`, `wrong-password`, `damaged`, `foreign` and what the store throws
 */
export async function openRestic(store: ObjectStore, options: OpenOptions): Promise<OpenRepository> {
  const { url } = store;
  const sealedConfig = await readSealedConfig(store, options);
  const { key, keyId } = await findKey(store, sealedConfig, options);
  const reading = await naming(store, 'config', async () => readConfig(openDocument(key, sealedConfig)));
  if (!('fault' in reading)) return { store, key, keyId, config: reading };
  if (reading.fault === 'version') throw raise.foreign({ url, file: 'config', reason: unknownVersion });
  throw raise.damaged({ url, file: 'config', reason: reasons.config });
}

const unknownVersion = {
  en: () => 'its version is neither 1 nor 2',
  ja: () => 'バージョンが 1 でも 2 でもありません',
};

async function readSealedConfig(store: ObjectStore, options: StoreOptions): Promise<Uint8Array> {
  try {
    return await readAll(store, 'config', { ...options, limit: configLimit });
  } catch (cause) {
    if (!isHozonError(cause, 'storage.not-found')) throw cause;
    throw raise['not-found']({ url: store.url }, { cause });
  }
}

interface FoundKey {
  readonly key: SealKey;
  readonly keyId: string;
}

/**
 * The key that the password opens. One that does not open the config, too, is left by an `init` that was overtaken by another; it
 * counts only where there is no other.
 */
async function findKey(
  store: ObjectStore,
  sealedConfig: Uint8Array,
  options: OpenOptions,
): Promise<FoundKey> {
  const { url } = store;
  let [tried, damage]: [number, unknown] = [0, undefined];
  let other: FoundKey | undefined;
  for await (const keyId of keysToTry(store, options)) {
    tried++;
    try {
      const key = await naming(store, keyOf('keys', keyId), async () =>
        openKeyFile(await readKeyFile(store, keyId, options), options.password),
      );
      if (key !== undefined && unseal(key, sealedConfig) !== undefined) return { key, keyId };
      if (key !== undefined) other ??= { key, keyId };
    } catch (thrown) {
      if (!isHozonError(thrown, 'repository.damaged')) throw thrown;
      damage ??= thrown;
    }
  }
  if (other !== undefined) return other;
  if (tried === 0) throw raise['no-keys']({ url });
  throw raise['wrong-password']({ url, keys: tried }, damage === undefined ? {} : { cause: damage });
}

async function* keysToTry(store: ObjectStore, options: OpenOptions): AsyncGenerator<string> {
  const { keyHint = '' } = options;
  const ids: string[] = [];
  for await (const { id } of idsIn(store, 'keys', options)) {
    if (ids.length < keysTried) ids.push(id);
    else if (keyHint !== '' && id.startsWith(keyHint)) ids[ids.length - 1] = id;
  }
  const isHinted = (id: string): boolean => keyHint !== '' && id.startsWith(keyHint);
  yield* ids.filter(isHinted);
  yield* ids.filter(id => !isHinted(id));
}

/** A file below `keys/`. @throws Fault and what the store throws */
export async function readKeyFile(store: ObjectStore, id: string, options: StoreOptions): Promise<KeyFile> {
  const bytes = await readAll(store, keyOf('keys', id), { ...options, limit: keyFileLimit });
  if (idOf(bytes) !== id) throw new Fault(reasons.otherBytes);
  return parseKeyFile(bytes);
}
