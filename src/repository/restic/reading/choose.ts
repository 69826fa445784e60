import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { hasTags as includesTags } from '../../retention/tag-lists.ts';
import type { OpenRepository } from '../access/open.ts';
import { findSnapshot, listSnapshots, type StoredSnapshot } from '../access/snapshots.ts';

/** Which snapshots are meant, as restic's own flags say it; what is absent or empty leaves none out. */
export interface SnapshotFilter {
  /** Of any of these hosts. */
  readonly hosts?: readonly string[] | undefined;
  /** With all tags of any of these lists; an empty list stands for having none. */
  readonly tags?: readonly (readonly string[])[] | undefined;
  /** With all of these paths. */
  readonly paths?: readonly string[] | undefined;
}

/** Whether a snapshot is one of those that are meant. */
export function isChosen({ document }: StoredSnapshot, filter: SnapshotFilter): boolean {
  const { hosts = [], tags = [], paths = [] } = filter;
  const own = document.tags ?? [];
  const hasTags = (list: readonly string[]): boolean =>
    list.length === 0 ? own.length === 0 : includesTags(own, list);
  return (
    (hosts.length === 0 || hosts.includes(document.hostname ?? '')) &&
    (tags.length === 0 || tags.some(hasTags)) &&
    paths.every(path => document.paths.includes(path))
  );
}

/**
 * The snapshots that a person means: those with the given ids (beginnings of them, or `latest`) in the order given, each
 * once; without ids all that the filter lets through, the oldest first. `latest` is the latest of those.
 *
 * @throws `repository.snapshot-not-found`, `snapshot-ambiguous`, `damaged` and what the store throws
 */
export async function chooseSnapshots(
  repository: OpenRepository,
  { ids = [], ...filter }: SnapshotFilter & { readonly ids?: readonly string[] },
  options: StoreOptions = {},
): Promise<readonly StoredSnapshot[]> {
  const all = async (): Promise<StoredSnapshot[]> =>
    (await listSnapshots(repository, options)).filter(each => isChosen(each, filter));
  if (ids.length === 0) return all();
  const chosen = new Map<string, StoredSnapshot>();
  for (const id of ids) {
    const snapshot = id === 'latest' ? (await all()).at(-1) : await findSnapshot(repository, id, options);
    if (snapshot === undefined) throw raise['snapshot-not-found']({ url: repository.store.url, id });
    chosen.set(snapshot.id, snapshot);
  }
  return [...chosen.values()];
}
