import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { readContent } from '../access/contents.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import {
  type SnapshotManifest,
  type SnapshotSource,
  snapshotLabels,
  writeSnapshotManifest,
} from '../format/snapshot-manifest.ts';
import type { KopiaWriter } from '../writing/kopia-writer.ts';
import { ManifestChanges } from '../writing/manifests.ts';

export interface CheckpointOptions extends StoreOptions {
  readonly source: SnapshotSource;
  readonly clock: Clock;
  /** When the snapshot was begun, in nanoseconds since 1970. */
  readonly begun: bigint;
  readonly checkpointEvery?: number | undefined;
}

const usualInterval = 45 * 60_000;

const noStats = {
  totalSize: 0,
  excludedTotalSize: 0,
  fileCount: 0,
  cachedFiles: 0,
  nonCachedFiles: 0,
  dirCount: 0,
  excludedFileCount: 0,
  excludedDirCount: 0,
  ignoredErrorCount: 0,
  errorCount: 0,
};

/**
 * Incomplete snapshots that a long run leaves behind as it goes on: contents that no snapshot refers to are collected after a day, and one
 * that is interrupted is continued from the last of them. Each takes the place of the one before; the whole snapshot, of the last.
 */
export class Checkpoints {
  readonly #repository: IndexedKopia;
  readonly #writer: KopiaWriter;
  readonly #options: CheckpointOptions;
  readonly #interval: number;
  #savedAt: number;
  #last: { readonly id: string; readonly modified: bigint } | undefined;

  constructor(repository: IndexedKopia, writer: KopiaWriter, options: CheckpointOptions) {
    this.#repository = repository;
    this.#writer = writer;
    this.#options = options;
    this.#interval = options.checkpointEvery ?? usualInterval;
    this.#savedAt = options.clock.monotonic();
  }

  get isDue(): boolean {
    return this.#options.clock.monotonic() - this.#savedAt >= this.#interval;
  }

  /** Saves what is there of the root; without it, only what is stored is written down. */
  async save(rootEntry: DirectoryEntry | undefined): Promise<void> {
    const { clock, source, begun, signal } = this.#options;
    const changes = new ManifestChanges({ clock });
    const now = BigInt(clock.now().getTime()) * 1_000_000n;
    if (rootEntry !== undefined) {
      this.remove(changes);
      const snapshot: SnapshotManifest = {
        source,
        description: '',
        startTime: begun,
        endTime: now,
        stats: noStats,
        incomplete: 'checkpoint',
        rootEntry,
        tags: {},
        pins: [],
      };
      const id = changes.put(snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
      this.#last = { id, modified: now };
    }
    await this.#write(changes);
    await this.#writer.flush({ signal });
    this.#savedAt = clock.monotonic();
  }

  /** Takes the last one away, with other changes. */
  remove(changes: ManifestChanges): void {
    if (this.#last !== undefined) changes.remove(this.#last);
    this.#last = undefined;
  }

  /** Takes the last one away, where nothing else is written. */
  async removeOld(): Promise<void> {
    if (this.#last === undefined) return;
    const changes = new ManifestChanges({ clock: this.#options.clock });
    this.remove(changes);
    await this.#write(changes);
    await this.#writer.flush({ signal: this.#options.signal });
  }

  #write(changes: ManifestChanges): Promise<void> {
    const { signal } = this.#options;
    const repository = this.#repository;
    return changes.write(this.#writer, {
      repository,
      read: content => readContent(repository, content, { signal }),
    });
  }
}
