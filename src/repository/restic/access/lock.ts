import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { isObject, type JsonObject, writeJson } from '../format/go-json.ts';
import { formatTime } from '../format/go-time.ts';
import { idsIn, readDocument } from './files.ts';
import type { Identity } from './identity.ts';
import type { OpenRepository } from './open.ts';
import { saveDocument } from './save.ts';

export interface LockOptions extends StoreOptions {
  /** Whether nobody else may work in the repository; otherwise several may add to it at once. */
  readonly exclusive: boolean;
  readonly identity: Identity;
  readonly clock: Clock;
}

/** All in milliseconds, and as restic has them. */
const settleTime = 200;
const refreshEvery = 5 * 60_000;
const retryEvery = 60_000;
/** Others may remove a lock as stale after half an hour; a quarter of that before, its holder stops working. */
const expiresAfter = 22.5 * 60_000;

/**
 * Runs `action` while the repository is locked as restic locks it, and unlocks it. The lock is renewed as long as the action
 * runs; where that fails for too long, the signal given to the action aborts with `repository.lock-lost`.
 *
 * @throws `repository.locked`, what the action and what the store throw
 */
export async function withLock<T>(
  repository: OpenRepository,
  options: LockOptions,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { store } = repository;
  const stop = new AbortController();
  const lost = new AbortController();
  const held = new Set([await acquire(repository, options)]);
  const renewing = renew(repository, { ...options, held, stop: stop.signal, lost });
  const signals = options.signal === undefined ? [lost.signal] : [lost.signal, options.signal];
  try {
    return await action(AbortSignal.any(signals));
  } finally {
    stop.abort();
    await renewing;
    for (const id of held) await store.delete(`locks/${id}`);
  }
}

/** Looks for others, puts the lock, and looks again: of two that came at once, at least one sees the other. */
async function acquire(repository: OpenRepository, options: LockOptions): Promise<string> {
  await refuseOthers(repository, options);
  const id = await putLock(repository, options);
  try {
    await options.clock.sleep(settleTime, options.signal);
    await refuseOthers(repository, options, id);
    return id;
  } catch (thrown) {
    await repository.store.delete(`locks/${id}`);
    throw thrown;
  }
}

async function putLock(repository: OpenRepository, { exclusive, identity, clock, signal }: LockOptions) {
  const { hostname, username, pid, uid, gid } = identity;
  const time = formatTime(BigInt(clock.now().getTime()) * 1_000_000n);
  const ids = { ...(uid === 0 ? {} : { uid }), ...(gid === 0 ? {} : { gid }) };
  const document = { time, exclusive, hostname, username, pid, ...ids };
  return saveDocument(repository, 'locks', Buffer.from(writeJson(document)), { signal });
}

async function refuseOthers(repository: OpenRepository, options: LockOptions, own?: string): Promise<void> {
  const { url } = repository.store;
  for await (const { id, size } of idsIn(repository.store, 'locks', options)) {
    if (id === own || size === 0) continue;
    const lock = await readLock(repository, id, options);
    if (lock === undefined || (lock['exclusive'] !== true && !options.exclusive)) continue;
    const [holder, since] = [`${text(lock['username'])}@${text(lock['hostname'])}`, text(lock['time'])];
    throw raise.locked({ url, holder, since });
  }
}

/** `undefined` for one that was removed in the meantime. */
async function readLock(
  repository: OpenRepository,
  id: string,
  options: StoreOptions,
): Promise<JsonObject | undefined> {
  try {
    const lock = await readDocument(repository, 'locks', id, options);
    return isObject(lock) ? lock : { exclusive: true };
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing')) return undefined;
    throw thrown;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

interface Renewal extends LockOptions {
  /** The ids of its locks: one, and while it is renewed two. */
  readonly held: Set<string>;
  readonly stop: AbortSignal;
  readonly lost: AbortController;
}

/** Puts a new lock, then removes the old one. Resolves when it is told to stop. */
async function renew(repository: OpenRepository, renewal: Renewal): Promise<void> {
  const { clock, held, stop, lost } = renewal;
  let renewed = clock.monotonic();
  let pause = refreshEvery;
  for (;;) {
    if (!(await slept(clock, pause, stop))) return;
    try {
      const before = [...held];
      held.add(await putLock(repository, { ...renewal, signal: undefined }));
      renewed = clock.monotonic();
      for (const id of before) {
        await repository.store.delete(`locks/${id}`);
        held.delete(id);
      }
      pause = refreshEvery;
    } catch (cause) {
      pause = retryEvery;
      if (clock.monotonic() - renewed < expiresAfter) continue;
      lost.abort(raise['lock-lost']({ url: repository.store.url }, { cause }));
      return;
    }
  }
}

async function slept(clock: Clock, milliseconds: number, stop: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(milliseconds, stop);
    return true;
  } catch (thrown) {
    if (stop.aborted) return false;
    throw thrown;
  }
}
