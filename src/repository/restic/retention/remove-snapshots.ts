import type { HozonError } from '#foundation/errors.ts';
import type { Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { keyOf } from '../access/files.ts';
import type { OpenRepository } from '../access/open.ts';
import { removeFiles } from '../access/remove-files.ts';
import { requireWritable } from '../access/save.ts';

export interface RemoveOptions extends StoreOptions {
  readonly progress?: Progress | undefined;
}

/**
 * Removes snapshots; what only they named stays until the repository is pruned. One that cannot be removed does not keep the
 * others. To be called under an exclusive lock. The ids of those that are still there, and why.
 *
 * @throws `repository.foreign` for version 1
 */
export async function removeSnapshots(
  repository: OpenRepository,
  ids: readonly string[],
  options: RemoveOptions = {},
): Promise<ReadonlyMap<string, HozonError>> {
  requireWritable(repository);
  const idOf = new Map(ids.map(id => [keyOf('snapshots', id), id]));
  const removal = { ...options, phase: 'remove snapshots' };
  const undeleted = await removeFiles(repository.store, [...idOf.keys()], removal);
  return new Map(undeleted.map(({ file, error }) => [idOf.get(file) ?? file, error]));
}
