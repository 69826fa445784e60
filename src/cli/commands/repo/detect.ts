import { raise } from '#repository/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { RepositoryKind } from '../../spec.ts';

/** What marks a repository; on file systems kopia's blobs have a suffix. */
const marks = { restic: ['config'], kopia: ['kopia.repository', 'kopia.repository.f'] } as const;

/**
 * What the repository in a location is. A location that holds none counts as restic's; opening it says so.
 *
 * @throws `cli.two-formats` and what the store throws
 */
export async function formatOf(
  store: ObjectStore,
  context: Pick<Context, 'signal'>,
): Promise<RepositoryKind> {
  const [restic, kopia] = await Promise.all([
    markIn(store, 'restic', context),
    markIn(store, 'kopia', context),
  ]);
  if (kopia === undefined) return 'restic';
  if (restic !== undefined) throw cliErrors.raise['two-formats']({ url: store.url });
  return 'kopia';
}

/** @throws `repository.exists` where the location holds a repository of this format, and what the store throws */
export async function refuseRepository(
  store: ObjectStore,
  format: RepositoryKind,
  context: Pick<Context, 'signal'>,
): Promise<void> {
  const file = await markIn(store, format, context);
  if (file !== undefined) throw raise.exists({ url: store.url, file });
}

async function markIn(
  store: ObjectStore,
  format: RepositoryKind,
  { signal }: Pick<Context, 'signal'>,
): Promise<string | undefined> {
  const found = await Promise.all(marks[format].map(key => store.head(key, { signal })));
  return marks[format].find((_, at) => found[at] !== undefined);
}
