import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type OpenKopia, type OpenKopiaOptions, openWithKey, readFormatBlobOf } from './open.ts';

/** How long a format that was read may be relied on, in milliseconds: what kopia allows its clients. */
export const formatValidFor = 15 * 60 * 1000;

export interface WatchOptions extends Pick<OpenKopiaOptions, 'upgradeOwner' | 'onWarning'> {
  readonly clock: Pick<Clock, 'now'>;
}

/** A repository's format, read anew as often as kopia demands it of everybody who uses a repository for long. */
export interface FormatWatch {
  /**
   * The repository as its format says now. To be called before writes, and now and then by who reads for long: mostly it does nothing.
   *
   * @throws `repository.kopia-upgrading`, `kopia-feature`, `wrong-password` (it was changed meanwhile) and as opening does
   */
  check(options?: StoreOptions): Promise<OpenKopia>;
}

/** Watches the format of a repository that was opened. Checks that come while it is read wait for that one reading. */
export function watchFormat(repository: OpenKopia, options: WatchOptions): FormatWatch {
  let current = repository;
  let reading: Promise<OpenKopia> | undefined;
  return {
    check: async ({ signal } = {}) => {
      const age = options.clock.now().getTime() - current.formatReadAt.getTime();
      if (age < formatValidFor) return current;
      reading ??= readAgain(current, { ...options, signal }).finally(() => {
        reading = undefined;
      });
      current = await reading;
      return current;
    },
  };
}

async function readAgain(
  { blobs, formatKey }: OpenKopia,
  options: WatchOptions & StoreOptions,
): Promise<OpenKopia> {
  const formatBlob = await readFormatBlobOf(blobs, options);
  return openWithKey(blobs, { formatBlob, formatKey }, options);
}
