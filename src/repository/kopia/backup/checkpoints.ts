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
  /** Nothing of it would be there to go on from: without checkpoints. */
  readonly dryRun?: boolean | undefined;
}

/** kopia's. Milliseconds. */
const usualInterval = 45 * 60_000;

/** Stores what is there of a snapshot's root by now, while the writer is held; `undefined` where that is nothing. */
export type RootSoFar = () => Promise<DirectoryEntry | undefined>;

/** The figures of a snapshot for which nothing was counted. */
export const noStats = {
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
  readonly #waiting = new AbortController();
  #isWaiting = false;
  #onDue: () => void = () => {};
  #last: { readonly id: string; readonly modified: bigint } | undefined;

  constructor(repository: IndexedKopia, writer: KopiaWriter, options: CheckpointOptions) {
    this.#repository = repository;
    this.#writer = writer;
    this.#options = options;
    this.#interval =
      options.dryRun === true ? Number.POSITIVE_INFINITY : (options.checkpointEvery ?? usualInterval);
    this.#savedAt = options.clock.monotonic();
  }

  get isDue(): boolean {
    return this.#options.clock.monotonic() - this.#savedAt >= this.#interval;
  }

  /** Awaits work on the snapshot, and saves a checkpoint whenever it is time. @throws what the work and the writer throw */
  async during<T>(work: Promise<T>, root: RootSoFar): Promise<T> {
    let ended = false;
    let wake = (): void => {};
    const end = (): void => {
      ended = true;
      wake();
    };
    work.then(end, end);
    for (;;) {
      if (this.isDue && !ended) await this.#save(root);
      if (ended) return await work;
      await new Promise<void>(resolve => {
        wake = resolve;
        this.#atNext(resolve);
      });
    }
  }

  /** Ends the waiting for the next one. */
  [Symbol.dispose](): void {
    this.#waiting.abort();
  }

  /** Calls when the next one is due; who asked before is forgotten. */
  #atNext(call: () => void): void {
    this.#onDue = call;
    if (this.#isWaiting || this.#interval === Number.POSITIVE_INFINITY) return;
    this.#isWaiting = true;
    const { clock } = this.#options;
    const left = this.#savedAt + this.#interval - clock.monotonic();
    const tell = (): void => {
      this.#isWaiting = false;
      this.#onDue();
    };
    clock.sleep(Math.max(left, 0), this.#waiting.signal).then(tell, () => {});
  }

  /** Saves what is there of the root; without it, only what is stored is written down. */
  async #save(root: RootSoFar): Promise<void> {
    const { clock, source, begun, signal } = this.#options;
    const goOn = await this.#writer.hold({ signal });
    try {
      const rootEntry = await root();
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
      await this.#writer.flush({ signal, goOn: true });
    } finally {
      goOn();
    }
    this.#savedAt = clock.monotonic();
  }

  /** Takes the last one away, with other changes. */
  remove(changes: ManifestChanges): void {
    if (this.#last !== undefined) changes.remove(this.#last);
    this.#last = undefined;
  }

  /** Takes the last one away, where nothing else is written. What was stored is written down all the same, and the session ends. */
  async removeOld(): Promise<void> {
    if (this.#last !== undefined) {
      const changes = new ManifestChanges({ clock: this.#options.clock });
      this.remove(changes);
      await this.#write(changes);
    }
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
