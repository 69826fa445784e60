import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { parseTime } from '../../format/go-time.ts';
import { defaultGroupBy, type GroupBy } from '../../retention/grouping.ts';
import { isDamage } from '../access/blobs.ts';
import { idsIn } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { readStoredSnapshot, type StoredSnapshot } from '../access/snapshots.ts';

export interface ParentOptions extends StoreOptions {
  readonly hostname: string;
  /** The paths of the snapshot to be made; the parent has them all. */
  readonly paths: readonly string[];
  /** The tags of the snapshot to be made. */
  readonly tags?: readonly string[] | undefined;
  /** What the parent has in common with it: host and paths unless told. */
  readonly groupBy?: GroupBy | undefined;
  /** Nanoseconds since 1970: the parent is not younger. */
  readonly time: bigint;
  /** Told of snapshots that cannot be read; they are no parents. */
  readonly onDamage?: ((thrown: Error) => void) | undefined;
}

const concurrency = 8;

/**
 * The snapshot that the next one of these paths builds on, as restic chooses it: the newest of the same host that has them all, or of what
 * else it is to have in common. It has all tags, and may have others.
 */
export async function findParent(
  repository: OpenRepository,
  options: ParentOptions,
): Promise<StoredSnapshot | undefined> {
  const ids = idsIn(repository.store, 'snapshots', options);
  const all = mapConcurrent(ids, concurrency, ({ id }) => readable(repository, id, options));
  let newest: { readonly snapshot: StoredSnapshot; readonly time: bigint } | undefined;
  for await (const snapshot of all) {
    if (snapshot === undefined || !fits(snapshot, options)) continue;
    const time = parseTime(snapshot.document.time) ?? 0n;
    if (time > options.time || (newest !== undefined && time <= newest.time)) continue;
    newest = { snapshot, time };
  }
  return newest?.snapshot;
}

async function readable(
  repository: OpenRepository,
  id: string,
  options: ParentOptions,
): Promise<StoredSnapshot | undefined> {
  try {
    return await readStoredSnapshot(repository, id, options);
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    options.onDamage?.(thrown);
    return undefined;
  }
}

function fits(
  { document }: StoredSnapshot,
  { hostname, paths, tags = [], groupBy = defaultGroupBy }: ParentOptions,
): boolean {
  if (groupBy.host && document.hostname !== hostname) return false;
  if (groupBy.paths && !paths.every(path => document.paths.includes(path))) return false;
  return !groupBy.tags || tags.every(tag => document.tags?.includes(tag) === true);
}
