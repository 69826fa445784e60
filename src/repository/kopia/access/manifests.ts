import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { ContentId } from '../format/content-id.ts';
import { type ManifestEntry, readManifestContent } from '../format/manifest-content.ts';
import { readContent } from './contents.ts';
import type { IndexedKopia } from './indexed.ts';
import { naming } from './naming.ts';

/** Labels that a manifest must have, among others. */
export type Labels = Readonly<Record<string, string>>;

/** A manifest, and the content that it is in. */
export interface StoredManifest extends ManifestEntry {
  readonly content: ContentId;
}

/** The manifests of a repository as they were when they were loaded. */
export interface Manifests {
  /** Of the repository, for messages. */
  readonly url: string;
  /** Every manifest that is not deleted, the oldest first. */
  readonly all: readonly StoredManifest[];
  /** The contents that hold manifests, deleted and outdated ones included. */
  readonly contents: readonly ContentId[];
  /** By its whole id. */
  get(id: string): StoredManifest | undefined;
  /** Those that have all of these labels, the oldest first. */
  find(labels: Labels): readonly StoredManifest[];
}

export interface LoadManifestsOptions extends StoreOptions {
  /** Told of a content of manifests that cannot be read; without it, the first one is thrown. */
  readonly onDamage?: ((content: ContentId, thrown: unknown) => void) | undefined;
}

/** The letter before the ids of contents that hold manifests. */
export const manifestPrefix = 'm';
const concurrency = 8;

/**
 * Reads every manifest: of several with one id the newest counts, also where it says that the manifest is deleted.
 *
 * @throws `repository.damaged`, `file-missing` and what the store throws
 */
export async function loadManifests(
  repository: IndexedKopia,
  options: LoadManifestsOptions = {},
): Promise<Manifests> {
  const contents = [...repository.index.numbers(manifestPrefix)]
    .filter(number => !repository.index.isDeleted(number))
    .map(number => repository.index.id(number));
  const newest = new Map<string, StoredManifest>();
  for await (const read of mapConcurrent(contents, concurrency, content =>
    readOrTell(repository, content, options),
  )) {
    for (const manifest of read) {
      const known = newest.get(manifest.id);
      if (known === undefined || manifest.modified > known.modified) newest.set(manifest.id, manifest);
    }
  }
  const found = [...newest.values()].filter(({ deleted }) => !deleted);
  return manifestsOf(repository.store.url, found, contents);
}

async function readOrTell(
  repository: IndexedKopia,
  content: ContentId,
  options: LoadManifestsOptions,
): Promise<readonly StoredManifest[]> {
  try {
    const plain = await readContent(repository, content, options);
    const read = await naming(repository.store, content, async () => readManifestContent(plain));
    return read.map(manifest => ({ ...manifest, content }));
  } catch (thrown) {
    options.signal?.throwIfAborted();
    if (options.onDamage === undefined) throw thrown;
    options.onDamage(content, thrown);
    return [];
  }
}

function manifestsOf(
  url: string,
  found: readonly StoredManifest[],
  contents: readonly ContentId[],
): Manifests {
  const all = found.toSorted(byTime);
  const byId = new Map(all.map(manifest => [manifest.id, manifest]));
  return {
    url,
    all,
    contents,
    get: id => byId.get(id),
    find: labels => all.filter(manifest => hasLabels(manifest, labels)),
  };
}

function hasLabels({ labels }: ManifestEntry, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** Of the same time, the ids decide, so that the order is always the same. */
function byTime(a: ManifestEntry, b: ManifestEntry): number {
  if (a.modified !== b.modified) return a.modified < b.modified ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
