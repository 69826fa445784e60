import { raise } from '#repository/errors.ts';
import type { IndexedKopia } from '#repository/kopia/access/indexed.ts';
import {
  findKopiaSnapshot,
  type ListKopiaSnapshotsOptions,
  listKopiaSnapshots,
  type StoredKopiaSnapshot,
} from '#repository/kopia/access/snapshots.ts';
import { tagTexts } from '#repository/kopia/browsing/browsable.ts';
import type { Context } from '../../../context.ts';
import type { FlagValues } from '../../../spec.ts';
import { filterOf } from '../filter.ts';
import type { filter } from '../specs/filter.ts';

/** Whether a snapshot is one of those that `--host`, `--tag` and `--path` mean. */
export function isMeant(
  stored: StoredKopiaSnapshot,
  flags: FlagValues<typeof filter>,
  context: Pick<Context, 'env'>,
): boolean {
  const { hosts = [], tags = [], paths = [] } = filterOf(flags, context);
  const { host, path } = stored.snapshot.source;
  const own = tagTexts(stored.snapshot.tags);
  const has = (list: readonly string[]): boolean =>
    list.length === 0 ? own.length === 0 : list.every(tag => own.includes(tag));
  return (
    (hosts.length === 0 || hosts.includes(host)) &&
    (tags.length === 0 || tags.some(has)) &&
    paths.every(each => each === path)
  );
}

/**
 * The snapshots that a person means: those with the given ids (beginnings of them, root objects, or `latest`) in the order given, each
 * once; without ids all that the flags let through, the oldest first. `latest` is the latest complete one of those.
 *
 * @throws `repository.snapshot-not-found`, `snapshot-ambiguous` and as reading manifests does
 */
export async function chooseKopiaSnapshots(
  repository: IndexedKopia,
  { ids = [], flags, ...options }: ChoosingOptions,
  context: Pick<Context, 'env'>,
): Promise<readonly StoredKopiaSnapshot[]> {
  const all = async (): Promise<StoredKopiaSnapshot[]> =>
    (await listKopiaSnapshots(repository, options)).filter(each => isMeant(each, flags, context));
  if (ids.length === 0) return all();
  const chosen = new Map<string, StoredKopiaSnapshot>();
  for (const id of ids) {
    const found =
      id === 'latest'
        ? (await all()).findLast(({ snapshot }) => snapshot.incomplete === '')
        : await findKopiaSnapshot(repository, id, options);
    if (found === undefined) throw raise['snapshot-not-found']({ url: repository.store.url, id });
    chosen.set(found.id, found);
  }
  return [...chosen.values()];
}

export interface ChoosingOptions extends ListKopiaSnapshotsOptions {
  readonly ids?: readonly string[] | undefined;
  readonly flags: FlagValues<typeof filter>;
}
