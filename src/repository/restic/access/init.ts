import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { randomPolynomial } from '../chunking/polynomial.ts';
import { type Config, writeConfig } from '../format/config.ts';
import { formatTime } from '../format/go-time.ts';
import { idOf } from '../format/ids.ts';
import { sealMasterKey, writeKeyFile } from '../format/key-file.ts';
import { type SealKey, seal } from '../sealing/seal.ts';
import { idsIn, keyOf } from './files.ts';
import type { Identity } from './identity.ts';
import type { OpenRepository } from './open.ts';

export interface InitOptions extends StoreOptions {
  /** Bytes as they will be typed, without the line's end. */
  readonly password: Uint8Array;
  readonly identity: Identity;
  readonly clock: Clock;
  /** That of another repository, so that files are cut as there; random unless told. */
  readonly polynomial?: bigint | undefined;
}

/** What restic's own calibration comes to on usual machines: a third of a second, 32 MiB. */
const cost = { n: 32768, r: 8, p: 5 } as const;

/**
 * Makes a repository of version 2 in a location that holds none. The config is written last: a location where this was
 * interrupted before has a key file, and is refused.
 *
 * @throws `repository.exists` and what the store throws
 */
export async function initRestic(store: ObjectStore, options: InitOptions): Promise<OpenRepository> {
  await refuseExisting(store, options);
  const key: SealKey = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  const { polynomial = randomPolynomial() } = options;
  const config: Config = { version: 2, id: randomBytes(32).toString('hex'), polynomial };
  const keyId = await addKey(store, key, options);
  const bytes = seal(key, writeConfig(config));
  await store.putIfAbsent('config', bytes, { ...options, size: bytes.length });
  return { store, key, config, keyId };
}

async function refuseExisting(store: ObjectStore, options: StoreOptions): Promise<void> {
  const { url } = store;
  if ((await store.head('config', options)) !== undefined) throw raise.exists({ url, file: 'config' });
  for (const folder of ['keys', 'snapshots'] as const) {
    for await (const { id } of idsIn(store, folder, options))
      throw raise.exists({ url, file: keyOf(folder, id) });
  }
}

async function addKey(store: ObjectStore, master: SealKey, options: InitOptions): Promise<string> {
  const { password, identity, clock } = options;
  const derivation = { ...cost, salt: randomBytes(64) };
  const data = await sealMasterKey(master, password, derivation);
  const created = formatTime(BigInt(clock.now().getTime()) * 1_000_000n);
  const { username, hostname } = identity;
  const bytes = writeKeyFile({ created, username, hostname, ...derivation, data });
  const id = idOf(bytes);
  await store.put(keyOf('keys', id), bytes, { ...options, size: bytes.length });
  return id;
}
