import { randomBytes } from 'node:crypto';
import { randomPolynomial } from '#repository/chunking/polynomial.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { writeConfig } from '#repository/restic/format/config.ts';
import { idOf } from '#repository/restic/format/ids.ts';
import { sealMasterKey, writeKeyFile } from '#repository/restic/format/key-file.ts';
import { type SealKey, seal } from '#repository/restic/sealing/seal.ts';
import type { ObjectStore } from '#storage/object-store.ts';

/** The password of a quick repository. */
export const quickPassword = 'quick';

/**
 * Makes a repository whose key file asks scrypt for next to no work, so that suites can open it thousands of times.
 * Everything else is as restic has it.
 */
export async function makeQuickRepository(store: ObjectStore): Promise<void> {
  const master = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  await addQuickKey(store, master, quickPassword);
  const config = { version: 2, id: randomBytes(32).toString('hex'), polynomial: randomPolynomial() } as const;
  await store.put('config', seal(master, writeConfig(config)));
}

/**
 * Puts a key file that asks scrypt for next to no work in the place of those of a repository that a program has made, for
 * suites in which opening it is not the point.
 */
export async function quicken(store: ObjectStore, password: string): Promise<void> {
  const { key } = await openRestic(store, { password: Buffer.from(password) });
  const slow = await Array.fromAsync(store.list('keys/'), each => each.key);
  await addQuickKey(store, key, password);
  for (const each of slow) await store.delete(each);
}

/** Adds a key file for a password; its key. */
export async function addQuickKey(store: ObjectStore, master: SealKey, password: string): Promise<string> {
  const derivation = { n: 2, r: 1, p: 1, salt: randomBytes(64) };
  const data = await sealMasterKey(master, Buffer.from(password), derivation);
  const created = '2026-01-02T03:04:05Z';
  const file = writeKeyFile({ created, username: 'someone', hostname: 'here', ...derivation, data });
  const key = `keys/${idOf(file)}`;
  await store.put(key, file);
  return key;
}
