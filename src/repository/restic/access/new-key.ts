import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import { formatTime } from '../../format/go-time.ts';
import { idOf } from '../format/ids.ts';
import { sealMasterKey, writeKeyFile } from '../format/key-file.ts';
import type { SealKey } from '../sealing/seal.ts';
import type { Identity } from './identity.ts';

export interface NewKeyOptions {
  /** Bytes as they will be typed, without the line's end. */
  readonly password: Uint8Array;
  /** Whom the key file names; nothing depends on it. */
  readonly identity: Pick<Identity, 'username' | 'hostname'>;
  readonly clock: Clock;
}

/** What restic's own calibration comes to on usual machines: a third of a second, 32 MiB. */
const cost = { n: 32768, r: 8, p: 5 } as const;

/** A key file that gives the master key to who knows the password, and its id. Nothing is stored. */
export async function newKeyFile(
  master: SealKey,
  { password, identity, clock }: NewKeyOptions,
): Promise<{ readonly id: string; readonly bytes: Uint8Array }> {
  const derivation = { ...cost, salt: randomBytes(64) };
  const data = await sealMasterKey(master, password, derivation);
  const created = formatTime(BigInt(clock.now().getTime()) * 1_000_000n);
  const { username, hostname } = identity;
  const bytes = writeKeyFile({ created, username, hostname, ...derivation, data });
  return { id: idOf(bytes), bytes };
}
