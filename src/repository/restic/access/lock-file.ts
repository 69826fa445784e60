import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { isObject, type Json, wholeNumber, writeJson } from '../../format/go-json.ts';
import { formatTime, parseTime } from '../../format/go-time.ts';
import { reasons } from '../format/reasons.ts';
import { idsIn, keyOf, naming, readDocument, type Sealed } from './files.ts';
import type { Identity } from './identity.ts';
import { type SavingKey, type SealedDocument, sealDocument } from './save.ts';

/** A file below `locks/`: who works in the repository, and since when or when last seen. */
export interface LockFile {
  readonly id: string;
  readonly exclusive: boolean;
  /** When it was put or last renewed, in nanoseconds since 1970. */
  readonly time: bigint;
  readonly hostname: string;
  readonly username: string;
  readonly pid: number;
}

/** Milliseconds without renewal after which restic takes a lock's holder for dead. */
export const staleAfter = 30 * 60_000;

/** The bytes of a lock of this process, and the id that they give it. */
export function makeLock(
  repository: SavingKey,
  {
    identity,
    now,
    exclusive,
  }: { readonly identity: Identity; readonly now: Date; readonly exclusive: boolean },
): SealedDocument {
  const { hostname, username, pid, uid, gid } = identity;
  const time = formatTime(BigInt(now.getTime()) * 1_000_000n);
  const ids = { ...(uid === 0 ? {} : { uid }), ...(gid === 0 ? {} : { gid }) };
  const document = { time, exclusive, hostname, username, pid, ...ids };
  return sealDocument(repository, Buffer.from(writeJson(document)));
}

/**
 * The ids of all locks. Empty files are none: where a store does not write at once what it writes, an interrupted writer
 * leaves them.
 */
export async function* lockIds({ store }: Sealed, options: StoreOptions = {}): AsyncGenerator<string> {
  for await (const { id, size } of idsIn(store, 'locks', options)) if (size > 0) yield id;
}

/** `undefined` for one that was removed in the meantime. @throws `repository.damaged` and what the store throws */
export async function readLock(
  repository: Sealed,
  id: string,
  options: StoreOptions = {},
): Promise<LockFile | undefined> {
  try {
    const document = await readDocument(repository, 'locks', id, options);
    return await naming(repository.store, keyOf('locks', id), async () => parseLock(id, document));
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing')) return undefined;
    throw thrown;
  }
}

function parseLock(id: string, document: Json): LockFile {
  if (!isObject(document)) throw new Fault(reasons.lock);
  const { time, exclusive, hostname, username, pid } = document;
  return {
    id,
    exclusive: exclusive === true,
    time: parseTime(text(time)) ?? 0n,
    hostname: text(hostname),
    username: text(username),
    pid: Number(wholeNumber(pid) ?? 0n),
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/**
 * Whether its holder is dead, as restic judges it: not renewed for half an hour, or a process of this host that is
 * there no more.
 */
export function isStale(lock: LockFile, { hostname }: Pick<Identity, 'hostname'>, now: Date): boolean {
  const age = BigInt(now.getTime()) - lock.time / 1_000_000n;
  return age > BigInt(staleAfter) || (lock.hostname === hostname && !isAlive(lock.pid));
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
