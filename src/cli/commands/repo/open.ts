import type { Message } from '#foundation/language.ts';
import { cacheRoot } from '#repository/cache/cache-directory.ts';
import type { CacheOptions } from '#repository/cache/cache-options.ts';
import { withCache } from '#repository/restic/access/cached.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { holdLock, type LockFinding } from '#repository/restic/access/lock.ts';
import { type OpenRepository, openRestic } from '#repository/restic/access/open.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type ThrottleLimits, throttled } from '#storage/throttled.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { reasonOf } from '../../reason.ts';
import { resticEnvironment, resticPackSize } from '../../repository/environment.ts';
import { type PlaceFlags, placeOf } from '../../repository/place.ts';
import { type RepositoryKind, say } from '../../spec.ts';
import { withPassword } from './password.ts';

/** The flags that say which repository is meant, and how it is opened. */
export interface Access extends PlaceFlags {
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: string | undefined;
  readonly passwordEnv?: string | undefined;
  /** What comes in by stdin is no password. */
  readonly stdinTaken?: boolean | undefined;
  /** Milliseconds. */
  readonly retryLock?: number | undefined;
  /** `false` for `--no-lock`, which only commands that read have. */
  readonly lock?: boolean | undefined;
  /** `false` for `--no-cache`, and for who must see what is really stored. */
  readonly cache?: boolean | undefined;
  readonly cacheDir?: string | undefined;
  /** KiB a second. */
  readonly limitUpload?: number | undefined;
  readonly limitDownload?: number | undefined;
  /** MiB. */
  readonly packSize?: number | undefined;
}

/**
 * What a command does with the repository, and so which lock it holds: who reads goes on without one where the location refuses to be
 * written or `--no-lock` says so, and shares the repository as who appends does; `exclusive` has it alone.
 */
export type Use = 'read' | 'append' | 'exclusive';

/** Opens the repository that the flags name, without a lock. @throws as finding it, its password and opening do */
export async function openRepository(flags: Access, context: Context): Promise<OpenRepository> {
  return cached(await openPlain(flags, context), flags, context);
}

async function openPlain(flags: Access, context: Context): Promise<OpenRepository> {
  const packMebibytes = resticPackSize(context.env, flags.packSize);
  const store = await storeOf(flags, context);
  const keyHint = resticEnvironment(context.env).keyHint;
  const options = { keyHint, signal: context.signal };
  const asked = { flags, format: 'restic', url: store.url } as const;
  const opened = await withPassword(asked, context, password => openRestic(store, { password, ...options }));
  return packMebibytes === undefined ? opened : { ...opened, packSize: packMebibytes * mebibyte };
}

/** The store of the repository, not faster than the flags want it. */
export async function storeOf(flags: Access, context: Context): Promise<ObjectStore> {
  return throttled((await placeOf(flags, context)).store, limitsOf(flags));
}

const [kibibyte, mebibyte] = [1024, 1024 ** 2];

function limitsOf({ limitUpload, limitDownload }: Access): ThrottleLimits {
  const bytes = (flag: string, rate: number | undefined): number | undefined => {
    if (rate === undefined || rate > 0) return rate === undefined ? undefined : rate * kibibyte;
    throw cliErrors.raise['bad-value']({ flag, given: String(rate), expected: '1, 1024, …' });
  };
  return {
    upload: bytes('--limit-upload', limitUpload),
    download: bytes('--limit-download', limitDownload),
  };
}

/** With its cache on this machine, unless the flags do without. */
async function cached(repository: OpenRepository, flags: Access, context: Context): Promise<OpenRepository> {
  return withCache(repository, cacheOptions(flags, 'restic', context));
}

/** How a repository is cached on this machine: not at all where the flags do without. */
export function cacheOptions(flags: Access, format: RepositoryKind, context: Context): CacheOptions {
  const { env, clock, note } = context;
  const chosen = flags.cacheDir === undefined ? undefined : expandHome(flags.cacheDir, env);
  const root = flags.cache === false ? undefined : cacheRoot({ chosen, env, format });
  return { root, clock, onFailure: thrown => note(noCache(thrown)) };
}

function noCache(thrown: unknown): Message {
  const reason = reasonOf(thrown);
  return say(
    `Going on without the cache on this machine: ${reason.en()}`,
    `このマシンのキャッシュを使わずに続行します: ${reason.ja()}`,
  );
}

/** A repository that is locked until the command has ended and its result is shown. */
export interface LockedRepository {
  readonly repository: OpenRepository;
  /** To be given to everything that works in the repository: it aborts where the lock is lost, too. */
  readonly signal: AbortSignal;
}

/**
 * Opens and locks the repository that the flags name: what every command that works in one begins with. The lock is
 * released behind the handler, also behind streams that it returned.
 *
 * @throws as {@link openRepository}, `repository.locked`, `repository.lock-unreadable`
 */
export async function lockedRepository(flags: Access, context: Context, use: Use): Promise<LockedRepository> {
  const repository = await openRepository(flags, context);
  return { repository, signal: await lockFor(repository, flags, { context, use }) };
}

/** Locks a repository that is open already. */
export async function lockFor(
  repository: OpenRepository,
  { lock, retryLock }: Pick<Access, 'lock' | 'retryLock'>,
  { context, use }: { readonly context: Context; readonly use: Use },
): Promise<AbortSignal> {
  const { clock, signal, note, defer } = context;
  if (use === 'read' && lock === false) return signal;
  const held = await holdLock(repository, {
    exclusive: use === 'exclusive',
    optional: use === 'read',
    identity: ownIdentity(),
    retryFor: retryLock,
    onFinding: finding => note(findingText(finding)),
    clock,
    signal,
  });
  defer(async () => held[Symbol.asyncDispose]());
  return held.signal;
}

function findingText(finding: LockFinding): Message {
  const reason = reasonOf(finding.error);
  switch (finding.kind) {
    case 'waiting':
      return say(`Waiting: ${reason.en()}`, `待機しています: ${reason.ja()}`);
    case 'unlocked':
      return say(
        `Reading without a lock, as none can be put: ${reason.en()}`,
        `ロックを作成できないため、ロックせずに読み取ります: ${reason.ja()}`,
      );
    case 'left':
      return say(
        `The lock ${finding.file} could not be removed and counts for up to half an hour: ${reason.en()}`,
        `ロック ${finding.file} を削除できませんでした。最大 30 分間有効です: ${reason.ja()}`,
      );
  }
}
