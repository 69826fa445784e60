import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { type InitKopiaOptions, initKopia } from '#repository/kopia/access/init.ts';
import { type OpenKopia, openKopia } from '#repository/kopia/access/open.ts';
import { noStats } from '#repository/kopia/backup/checkpoints.ts';
import { summaryOf } from '#repository/kopia/copying/summary.ts';
import { type DirectoryEntry, writeDirectory } from '#repository/kopia/format/directory.ts';
import {
  type SnapshotManifest,
  snapshotLabels,
  writeSnapshotManifest,
} from '#repository/kopia/format/snapshot-manifest.ts';
import { changeManifests } from '#repository/kopia/upkeep/change-manifests.ts';
import type { KopiaWriter } from '#repository/kopia/writing/kopia-writer.ts';
import type { ObjectInfo, ObjectStore, PutOptions, StoreOptions } from '#storage/object-store.ts';
import { MemoryStore } from './memory-store.ts';

export const password = 'a password';
export const identity = { username: 'u', hostname: 'h' };

/** A clock that goes only when it is told to. */
export class HeldClock implements Clock {
  #now: number;

  constructor(start = '2026-03-01T00:00:00Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
  }

  goOn(hours: number): void {
    this.#now += Math.round(hours * 3_600_000);
  }
}

/** A location in memory that knows when its objects were written, by such a clock. */
export class DatedStore extends MemoryStore {
  readonly #clock: Clock;
  readonly #times = new Map<string, Date>();

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  override async put(...[key, body, options]: Parameters<ObjectStore['put']>): Promise<ObjectInfo> {
    return this.#dated(await super.put(key, body, options), true);
  }

  override async putIfAbsent(
    ...[key, body, options]: [string, Parameters<ObjectStore['put']>[1], PutOptions?]
  ): Promise<ObjectInfo> {
    return this.#dated(await super.putIfAbsent(key, body, options), true);
  }

  override async head(key: string, options: StoreOptions = {}): Promise<ObjectInfo | undefined> {
    const found = await super.head(key, options);
    return found === undefined ? undefined : this.#dated(found, false);
  }

  override async *list(...given: Parameters<ObjectStore['list']>): AsyncGenerator<ObjectInfo> {
    for await (const info of super.list(...given)) yield this.#dated(info, false);
  }

  #dated(info: ObjectInfo, written: boolean): ObjectInfo {
    if (written) this.#times.set(info.key, this.#clock.now());
    return { ...info, modified: this.#times.get(info.key) ?? info.modified };
  }
}

/** A new repository, which {@link identity} maintains. */
export async function makeKopia(
  store: ObjectStore,
  clock?: Clock,
  choices: Pick<InitKopiaOptions, 'splitter' | 'version'> = {},
): Promise<void> {
  const owner = `${identity.username}@${identity.hostname}`;
  await initKopia(store, { password: Buffer.from(password), owner, identity, clock, ...choices });
}

const opened = new WeakMap<ObjectStore, Promise<OpenKopia>>();

/** The repository, its contents as they are now. The key is derived from the password once. */
export async function openedKopia(store: ObjectStore, clock?: Clock): Promise<IndexedKopia> {
  const open = opened.get(store) ?? openKopia(store, { password: Buffer.from(password), clock });
  opened.set(store, open);
  return loadContents(await open, { clock });
}

/** The bytes of files by their paths below the root. */
export type Files = Readonly<Record<string, Buffer>>;

export interface TakeOptions {
  readonly clock?: Clock;
  /** Its path; `/source` unless told. */
  readonly path?: string;
  readonly more?: Partial<SnapshotManifest>;
}

/** Stores a snapshot of these files; its id. */
export async function takeSnapshot(
  store: ObjectStore,
  files: Files,
  options: TakeOptions = {},
): Promise<string> {
  const { clock, path = '/source', more = {} } = options;
  const repository = await openedKopia(store, clock);
  const now = BigInt((clock?.now() ?? new Date()).getTime()) * 1_000_000n;
  return changeManifests(repository, { identity, clock }, async (changes, _, writer) => {
    const rootEntry = await directoryOf(writer, 'source', files);
    const snapshot: SnapshotManifest = {
      source: { host: identity.hostname, userName: identity.username, path },
      description: '',
      startTime: now,
      endTime: now,
      stats: noStats,
      incomplete: '',
      rootEntry,
      tags: {},
      pins: [],
      ...more,
    };
    return changes.put(snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
  });
}

async function directoryOf(writer: KopiaWriter, name: string, files: Files): Promise<DirectoryEntry> {
  const below = Map.groupBy(Object.entries(files), ([path]) => path.split('/')[0] ?? '');
  const entries: DirectoryEntry[] = [];
  for (const [first, group] of below) {
    const file = group.find(([path]) => path === first);
    if (file !== undefined) entries.push(await fileOf(writer, first, file[1]));
    else {
      const inner = group.map(([path, bytes]) => [path.slice(first.length + 1), bytes] as const);
      entries.push(await directoryOf(writer, first, Object.fromEntries(inner)));
    }
  }
  const summary = summaryOf(entries, mtime);
  const { id } = await writer.object([writeDirectory(entries, summary)], {
    prefix: 'k',
    compression: 'zstd-fastest',
  });
  return { name, type: 'd', mode: 0o755, size: 0, mtime, uid: 0, gid: 0, object: id, summary };
}

const mtime = 1_700_000_000_000_000_000n;

async function fileOf(writer: KopiaWriter, name: string, bytes: Buffer): Promise<DirectoryEntry> {
  const { id } = await writer.object([bytes]);
  return { name, type: 'f', mode: 0o644, size: bytes.length, mtime, uid: 0, gid: 0, object: id };
}

/** Files of random bytes under these paths. */
export function randomFiles(paths: readonly string[], size = 3000): Files {
  return Object.fromEntries(paths.map(path => [path, randomBytes(size)]));
}
