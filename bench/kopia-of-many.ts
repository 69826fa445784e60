import { mkdir } from 'node:fs/promises';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { isKopia } from '#repository/kopia/access/open.ts';
import { noStats } from '#repository/kopia/backup/checkpoints.ts';
import { summaryOf } from '#repository/kopia/copying/summary.ts';
import { type DirectoryEntry, writeDirectory } from '#repository/kopia/format/directory.ts';
import {
  type SnapshotManifest,
  snapshotLabels,
  writeSnapshotManifest,
} from '#repository/kopia/format/snapshot-manifest.ts';
import { changeManifests } from '#repository/kopia/upkeep/change-manifests.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { ManyWriter } from './many-writer.ts';

export interface ManyOptions {
  /** Where the repository is made; one that is there is left as it is. */
  readonly directory: string;
  readonly password: string;
  /** Files of the one snapshot, each of which is one content. */
  readonly contents: number;
  readonly progress: (done: number) => void;
}

const identity = { username: 'bench', hostname: 'bench' };
const filesOfDirectory = 1000;
const directoriesOfDirectory = 100;
const contentSize = 100;
const mtime = 1_700_000_000_000_000_000n;

/**
 * Makes a kopia repository of one snapshot of many small files, which were nowhere before: real packs and indexes, as any writer of this
 * engine leaves them. Files are `/D/E/F`, numbers each: a thousand files in a directory, a hundred directories in one.
 */
export async function makeKopiaOfMany({
  directory,
  password,
  contents,
  progress,
}: ManyOptions): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const store = new FilesystemStore(directory);
  if (await isKopia(store)) return;
  const owner = `${identity.username}@${identity.hostname}`;
  const open = await initKopia(store, { password: Buffer.from(password), owner, identity });
  const writer = new ManyWriter(await loadContents(open), identity);
  await writer.begin();
  const rootEntry = await rootOf(writer, contents, progress);
  await writer.settle({ all: true });
  await changeManifests(await loadContents(open), { identity }, async changes => {
    const now = BigInt(Date.now()) * 1_000_000n;
    const snapshot: SnapshotManifest = {
      source: { host: identity.hostname, userName: identity.username, path: '/many' },
      description: '',
      startTime: now,
      endTime: now,
      stats: noStats,
      incomplete: '',
      rootEntry,
      tags: {},
      pins: [],
    };
    changes.put(snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
  });
}

async function rootOf(
  writer: ManyWriter,
  contents: number,
  progress: ManyOptions['progress'],
): Promise<DirectoryEntry> {
  const leaves = Math.ceil(contents / filesOfDirectory);
  const upper: DirectoryEntry[] = [];
  for (let first = 0; first < leaves; first += directoriesOfDirectory) {
    const below: DirectoryEntry[] = [];
    for (let leaf = first; leaf < Math.min(first + directoriesOfDirectory, leaves); leaf++) {
      const from = leaf * filesOfDirectory;
      const files = await filesOf(writer, from, Math.min(from + filesOfDirectory, contents));
      below.push(await directoryOf(writer, String(leaf - first), files));
      progress(from + files.length);
    }
    upper.push(await directoryOf(writer, String(first / directoriesOfDirectory), below));
  }
  return directoryOf(writer, 'many', upper);
}

/** Files with numbers from one to before another, all of them different. */
async function filesOf(writer: ManyWriter, from: number, to: number): Promise<DirectoryEntry[]> {
  const files: DirectoryEntry[] = [];
  const bytes = Buffer.alloc(contentSize, '.');
  for (let number = from; number < to; number++) {
    bytes.writeUInt32LE(number);
    const { id: object, isFull } = writer.content('', bytes);
    if (isFull) await writer.settle();
    const name = String(number - from);
    files.push({ name, type: 'f', mode: 0o644, size: contentSize, mtime, uid: 0, gid: 0, object });
  }
  return files;
}

async function directoryOf(
  writer: ManyWriter,
  name: string,
  entries: readonly DirectoryEntry[],
): Promise<DirectoryEntry> {
  const summary = summaryOf(entries, mtime);
  const { id, isFull } = writer.content('k', writeDirectory(entries, summary));
  if (isFull) await writer.settle();
  return { name, type: 'd', mode: 0o755, size: 0, mtime, uid: 0, gid: 0, object: id, summary };
}
