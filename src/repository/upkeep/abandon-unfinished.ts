import { type Clock, systemClock } from '#foundation/clock.ts';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { describeThrown, type HozonError, isHozonError } from '#foundation/errors.ts';
import { raise } from '#storage/errors.ts';
import type { ObjectStore, StoreOptions, UnfinishedWrite } from '#storage/object-store.ts';

export interface AbandonOptions extends StoreOptions {
  /** Whether a key is of a file that the repository would have: what others upload into the same bucket is theirs. */
  readonly isOwn: (key: string) => boolean;
  readonly clock?: Clock | undefined;
}

/** What became of interrupted writes. */
export interface Abandoned {
  /** Those of which what was left is gone. */
  readonly abandoned: number;
  /** What is still there although it was to go. The next call tries again. */
  readonly notAbandoned: readonly NotAbandoned[];
}

export interface NotAbandoned {
  /** The key of the write, or its name where it has no key yet; absent where the listing of such writes failed. */
  readonly file?: string | undefined;
  readonly error: HozonError;
}

/** Where nothing was to be removed. */
export const nothingAbandoned: Abandoned = { abandoned: 0, notAbandoned: [] };

/** After so long, nobody is still sending one file of a repository. Milliseconds. */
const patience = 24 * 60 * 60_000;
/** So many are removed at once. */
const concurrency = 8;

/**
 * Removes what interrupted writes have left where a repository lies: temporary files, and parts of uploads, which no listing shows and
 * which take room all the same. A write whose writer cannot be asked is left alone for a day. A location that does not let
 * such writes be seen keeps them. Whatever fails is given back, because it is nothing to fail for: the repository does not need it.
 *
 * @throws the signal's reason, and nothing else
 */
export async function abandonUnfinished(store: ObjectStore, options: AbandonOptions): Promise<Abandoned> {
  const { isOwn, clock = systemClock, signal } = options;
  const before = clock.now().getTime() - patience;
  const isOver = ({ key, begun, writerIsGone = false }: UnfinishedWrite): boolean =>
    writerIsGone || (isOwn(key) && begun.getTime() < before);
  const notAbandoned: NotAbandoned[] = [];
  const note = (thrown: unknown, file?: string): void => {
    signal?.throwIfAborted();
    notAbandoned.push({ file, error: errorOf(thrown, store) });
  };
  const over: UnfinishedWrite[] = [];
  try {
    for await (const write of store.unfinished('', { signal })) if (isOver(write)) over.push(write);
  } catch (thrown) {
    if (!isOneOf(thrown, refusals)) note(thrown);
  }
  let abandoned = 0;
  await forEachConcurrent(over, concurrency, async write => {
    signal?.throwIfAborted();
    try {
      await store.abandon(write, { signal });
      abandoned++;
    } catch (thrown) {
      if (!isHozonError(thrown, 'storage.not-found')) note(thrown, write.key || write.id);
    }
  });
  signal?.throwIfAborted();
  return { abandoned, notAbandoned };
}

/** What a location says that does not let, or cannot let, interrupted writes be seen. */
const refusals = ['storage.denied', 'storage.read-only', 'storage.unsupported'];

function isOneOf(thrown: unknown, codes: readonly string[]): boolean {
  return codes.some(code => isHozonError(thrown, code));
}

function errorOf(thrown: unknown, { url }: ObjectStore): HozonError {
  if (isHozonError(thrown)) return thrown;
  return raise.failed({ url, reason: describeThrown(thrown) }, { cause: thrown });
}
