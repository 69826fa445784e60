import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '#foundation/clock.ts';
import type { Json } from '../../format/go-json.ts';
import type { ContentId } from '../format/content-id.ts';
import {
  type ManifestEntry,
  newManifestId,
  readManifestContent,
  writeManifestContent,
} from '../format/manifest-content.ts';
import type { KopiaWriter } from './kopia-writer.ts';
import { metadataCompressor } from './storing-objects.ts';
import type { WritableKopia } from './writable.ts';

/** What contents of manifests are called with. */
const manifestPrefix = 'm';
/** Contents of manifests after which they are written as one, with the next changes: kopia's. */
const mostContents = 16;

export interface ManifestChangesOptions {
  readonly clock?: Clock | undefined;
}

/** What {@link ManifestChanges.write} merges contents of manifests with. */
export interface ManifestSource {
  readonly repository: Pick<WritableKopia, 'index'>;
  /** The plain bytes of a content. */
  readonly read: (id: ContentId) => Promise<Uint8Array>;
}

/** Manifests to be added and removed, all at once: they are one content, and in the repository when the writer has flushed. */
export class ManifestChanges {
  readonly #clock: Clock;
  readonly #entries = new Map<string, ManifestEntry>();

  constructor({ clock = systemClock }: ManifestChangesOptions = {}) {
    this.#clock = clock;
  }

  /** Adds a manifest; its id. Its labels have a `type`. */
  put(labels: Readonly<Record<string, string>>, data: Json): string {
    if (labels['type'] === undefined || labels['type'] === '') throw new Error('a manifest has a type');
    const id = newManifestId(randomBytes);
    this.#entries.set(id, { id, labels, modified: this.#after(undefined), deleted: false, data });
    return id;
  }

  /** Removes a manifest. */
  remove({ id, modified }: Pick<ManifestEntry, 'id' | 'modified'>): void {
    this.#entries.set(id, {
      id,
      labels: {},
      modified: this.#after(modified),
      deleted: true,
      data: undefined,
    });
  }

  /** Adds a manifest in place of others, as those with the same labels; its id. */
  replace(
    others: Iterable<Pick<ManifestEntry, 'id' | 'modified'>>,
    labels: Readonly<Record<string, string>>,
    data: Json,
  ): string {
    for (const other of others) this.remove(other);
    return this.put(labels, data);
  }

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /**
   * Gives the changes to a writer, who flushes afterwards. Where the repository has many contents of manifests already, these and the
   * changes become one.
   */
  async write(writer: KopiaWriter, { repository, read }: ManifestSource): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    const old = [...repository.index.numbers(manifestPrefix)]
      .filter(content => !repository.index.isDeleted(content))
      .map(content => repository.index.id(content));
    const merging = old.length >= mostContents;
    if (entries.length === 0 && !merging) return;
    const written = merging ? await mergedWith(entries, old, read) : entries;
    const id = await writer.content(manifestPrefix, writeManifestContent(written), {
      compression: metadataCompressor,
    });
    if (merging) for (const each of old) if (each !== id) await writer.remove(each);
  }

  /** Now; later than what is replaced. Nanoseconds since 1970. */
  #after(modified: bigint | undefined): bigint {
    const now = BigInt(this.#clock.now().getTime()) * 1_000_000n;
    return modified !== undefined && modified >= now ? modified + 1n : now;
  }
}

/** All manifests there are after the changes: the latest of each id; what is deleted can go, because nothing older is left. */
async function mergedWith(
  changes: readonly ManifestEntry[],
  contents: readonly ContentId[],
  read: (id: ContentId) => Promise<Uint8Array>,
): Promise<ManifestEntry[]> {
  const latest = new Map<string, ManifestEntry>();
  const add = (entry: ManifestEntry): void => {
    const known = latest.get(entry.id);
    if (known === undefined || entry.modified > known.modified) latest.set(entry.id, entry);
  };
  for (const content of contents) for (const entry of readManifestContent(await read(content))) add(entry);
  for (const entry of changes) add(entry);
  return [...latest.values()].filter(entry => !entry.deleted);
}
