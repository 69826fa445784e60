import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { readContent } from '../access/contents.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { loadManifests, type Manifests } from '../access/manifests.ts';
import type { KopiaWriter } from '../writing/kopia-writer.ts';
import { ManifestChanges } from '../writing/manifests.ts';
import { openKopiaWriter } from '../writing/plain-writer.ts';

export interface ChangeOptions extends StoreOptions {
  readonly identity: KopiaIdentity;
  readonly clock?: Clock | undefined;
}

/**
 * Changes manifests, all at once: nobody sees some of the changes without the others. What `change` stores besides is stored before. Its
 * result.
 *
 * @throws what `change` throws, and then nothing is changed
 */
export async function changeManifests<T>(
  repository: IndexedKopia,
  { identity, clock, signal }: ChangeOptions,
  change: (changes: ManifestChanges, manifests: Manifests, writer: KopiaWriter) => Promise<T>,
): Promise<T> {
  const manifests = await loadManifests(repository, { signal });
  await using writer = openKopiaWriter(repository, { identity, clock, signal });
  const changes = new ManifestChanges({ clock });
  const result = await change(changes, manifests, writer);
  if (changes.isEmpty) return result;
  await changes.write(writer, { repository, read: id => readContent(repository, id, { signal }) });
  await writer.flush({ signal });
  return result;
}
