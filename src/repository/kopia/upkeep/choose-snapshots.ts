import type { HozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { hasTags } from '../../retention/tag-lists.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { loadManifests, type Manifests } from '../access/manifests.ts';
import { findKopiaSnapshot, listKopiaSnapshots, type StoredKopiaSnapshot } from '../access/snapshots.ts';
import type { SnapshotSource } from '../format/snapshot-manifest.ts';
import { tagTexts } from './tag-names.ts';

/** Which snapshots are meant; what is absent or empty leaves none out. */
export interface KopiaFilter {
  /** Of any of these hosts, or of these users on them (`user@host`). */
  readonly hosts?: readonly string[] | undefined;
  /** With all tags of any of these lists, each as `name:value` or by its name; an empty list stands for having none. */
  readonly tags?: readonly (readonly string[])[] | undefined;
  /** Of any of these paths. */
  readonly paths?: readonly string[] | undefined;
}

export interface ChooseOptions extends StoreOptions {
  readonly manifests?: Manifests | undefined;
  /** Told of a snapshot that cannot be read, and so is none of those that a filter lets through. */
  readonly onDamage?: ((manifest: string, thrown: HozonError) => void) | undefined;
}

/** Whether a snapshot is one of those that are meant. */
export function isChosen({ snapshot }: StoredKopiaSnapshot, filter: KopiaFilter): boolean {
  const { hosts = [], tags = [], paths = [] } = filter;
  const { host, userName, path } = snapshot.source;
  const texts = tagTexts(snapshot.tags);
  const own = [...texts, ...texts.map(text => text.slice(0, text.indexOf(':')))];
  return (
    (hosts.length === 0 || hosts.includes(host) || hosts.includes(`${userName}@${host}`)) &&
    (paths.length === 0 || paths.includes(path)) &&
    (tags.length === 0 || tags.some(list => (list.length === 0 ? own.length === 0 : hasTags(own, list))))
  );
}

/**
 * The snapshots that a person means, each once: those with the given ids (beginnings of them, ids of root objects, of which there may
 * be several, or `latest`) in the order given; without ids all that the filter lets through, the oldest first.
 *
 * @throws `repository.snapshot-not-found`, `snapshot-ambiguous`, `damaged` and what the store throws
 */
export async function chooseKopiaSnapshots(
  repository: IndexedKopia,
  { ids = [], ...filter }: KopiaFilter & { readonly ids?: readonly string[] },
  options: ChooseOptions = {},
): Promise<readonly StoredKopiaSnapshot[]> {
  const manifests = options.manifests ?? (await loadManifests(repository, { signal: options.signal }));
  const all = await listKopiaSnapshots(repository, { onDamage: () => {}, ...options, manifests });
  const allowed = all.filter(each => isChosen(each, filter));
  if (ids.length === 0) return allowed;
  const chosen = new Map<string, StoredKopiaSnapshot>();
  for (const id of ids) {
    const latest = allowed.findLast(({ snapshot }) => snapshot.incomplete === '');
    const ofRoot = all.filter(({ snapshot }) => snapshot.rootEntry?.object === id);
    const found = id === 'latest' && latest !== undefined ? [latest] : ofRoot;
    const meant =
      found.length > 0 ? found : [await findKopiaSnapshot(repository, id, { ...options, manifests })];
    for (const each of meant) chosen.set(each.id, each);
  }
  return [...chosen.values()];
}

/** As kopia names a source: `user@host:path`. */
export function sourceText({ userName, host, path }: SnapshotSource): string {
  return `${userName}@${host}:${path}`;
}
