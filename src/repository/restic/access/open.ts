import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { raise } from '../../errors.ts';
import { type Config, readConfig } from '../format/config.ts';
import { reasons } from '../format/reasons.ts';
import { type SealKey, unseal } from '../sealing/seal.ts';
import { naming, openDocument } from './files.ts';
import { type FoundKey, type KeyOptions, keysToTry, openedKeys } from './opened-keys.ts';

export type OpenOptions = KeyOptions;

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
  let damage: unknown;
  let other: FoundKey | undefined;
  const groups = await keysToTry(store, options);
  const opened = openedKeys(store, groups, { ...options, onDamage: thrown => (damage ??= thrown) });
  for await (const found of opened) {
    if (unseal(found.key, sealedConfig) !== undefined) return found;
    other ??= found;
  }
  if (other !== undefined) return other;
  const keys = groups.flat().length;
  if (keys === 0) throw raise['no-keys']({ url });
  throw raise['wrong-password']({ url, keys }, damage === undefined ? {} : { cause: damage });
}
