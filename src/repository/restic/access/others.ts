import type { Clock } from '#foundation/clock.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { raise } from '../../errors.ts';
import { formatTime } from '../../format/go-time.ts';
import { keyOf } from './files.ts';
import type { Identity } from './identity.ts';
import { isStale, type LockFile, lockIds, readLock } from './lock-file.ts';
import type { OpenRepository } from './open.ts';

export interface OthersOptions {
  /** Whether any lock is in the way, or only an exclusive one. */
  readonly exclusive: boolean;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** As restic has them: how often a lock that cannot be read is looked at, and the milliseconds before the second time. */
const attempts = 4;
const firstPause = 5000;

/**
 * Resolves when nobody holds a lock that is in the way. A lock that cannot be read may be one, or be about to appear
 * whole or to vanish: it is looked at again, each time after twice the pause.
 *
 * @throws `repository.locked`, `repository.lock-unreadable` and what the store throws
 */
export async function refuseOthers(
  repository: OpenRepository,
  options: OthersOptions,
  own?: string,
): Promise<void> {
  const harmless = new Set(own === undefined ? [] : [own]);
  for (let attempt = 1; ; attempt++) {
    const unreadable = await lookAt(repository, options, harmless);
    if (unreadable === undefined) return;
    if (attempt === attempts) throw unreadable;
    await options.clock.sleep(firstPause * 2 ** (attempt - 1), options.signal);
  }
}

/** Remembers the locks that are not in the way; the fault of one that could not be read. */
async function lookAt(
  repository: OpenRepository,
  options: OthersOptions,
  harmless: Set<string>,
): Promise<HozonError | undefined> {
  let unreadable: HozonError | undefined;
  for await (const id of lockIds(repository, options)) {
    if (harmless.has(id)) continue;
    try {
      const lock = await readLock(repository, id, options);
      if (lock === undefined) continue;
      if (options.exclusive || lock.exclusive) throw lockedBy(repository, lock, options);
      harmless.add(id);
    } catch (thrown) {
      if (!isHozonError(thrown, 'repository.damaged')) throw thrown;
      const [{ url }, file] = [repository.store, keyOf('locks', id)];
      unreadable = raise['lock-unreadable']({ url, file }, { cause: thrown });
    }
  }
  return unreadable;
}

function lockedBy({ store: { url } }: OpenRepository, lock: LockFile, options: OthersOptions): HozonError {
  const { hostname, username, pid, time, exclusive } = lock;
  return raise.locked({
    url,
    holder: `${username === '' ? '?' : username}@${hostname === '' ? '?' : hostname}, PID ${pid}`,
    since: formatTime(time - (time % 1_000_000_000n)),
    exclusive,
    stale: isStale(lock, options.identity, options.clock.now()),
  });
}
