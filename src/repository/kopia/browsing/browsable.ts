import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable, BrowsedSnapshot, Described, Missed, StoredEntry } from '../../browsing/browsable.ts';
import { bytePath } from '../../trees/byte-path.ts';
import { readDirectory } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { readObject, readWholeObject } from '../access/objects.ts';
import { findKopiaSnapshot, listKopiaSnapshots, type StoredKopiaSnapshot } from '../access/snapshots.ts';
import { type DirectoryEntry, unixMode } from '../format/directory.ts';

/** Links that are followed at once. */
const linksAtOnce = 8;

/** The types of entries by kopia's letters. */
const types = { f: 'file', d: 'dir', s: 'symlink' } as const;

/** A kopia repository whose snapshots can be looked into. Directories and contents are called by their objects. */
export function kopiaBrowsable(repository: IndexedKopia): Browsable {
  return {
    url: repository.store.url,
    snapshots: async options =>
      (await listKopiaSnapshots(repository, options)).filter(isWhole).map(browsedKopiaSnapshot),
    snapshot: async (wanted, options) =>
      browsedKopiaSnapshot(await findKopiaSnapshot(repository, wanted, options)),
    list: async (directory, { targets = false, signal } = {}) => {
      const { entries } = await readDirectory(repository, directory, { signal });
      const read = mapConcurrent(entries, linksAtOnce, async entry =>
        storedKopiaEntry(entry, targets ? await targetOf(repository, entry, { signal }) : undefined),
      );
      return (await Array.fromAsync(read)).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async function* (content, { offset = 0, length = Number.MAX_SAFE_INTEGER, signal } = {}) {
      for (const object of content)
        yield* readObject(repository, object, { range: { offset, length }, signal });
    },
  };
}

function isWhole({ snapshot }: StoredKopiaSnapshot): boolean {
  return snapshot.incomplete === '' && snapshot.rootEntry !== undefined;
}

/** A snapshot in words that all formats share. Its root is the entry at its path. */
export function browsedKopiaSnapshot({ id, snapshot }: StoredKopiaSnapshot): BrowsedSnapshot {
  const { source, description, startTime, endTime, incomplete, rootEntry, pins } = snapshot;
  return {
    id,
    time: startTime,
    ended: endTime,
    host: source.host,
    user: source.userName,
    paths: [source.path],
    tags: tagTexts(snapshot.tags),
    ...(description === '' ? {} : { description }),
    pins,
    ...(incomplete === '' ? {} : { incomplete }),
    root: rootEntry === undefined ? nothing : storedKopiaEntry(rootEntry, undefined),
  };
}

const nothing: StoredEntry = { name: '', type: '', described: undefined, directory: undefined, content: [] };

/** Tags as kopia shows them: `name:value`, and the name alone where the value is empty. */
export function tagTexts(tags: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(tags).map(([name, value]) => {
    const own = name.replace(/^tag:/, '');
    return value === '' ? own : `${own}:${value}`;
  });
}

/** An entry in words that all formats share; `target` is where it leads, of a link. */
export function storedKopiaEntry(entry: DirectoryEntry, target: Buffer | undefined): StoredEntry {
  const { name, type, object } = entry;
  return {
    name: bytePath(Buffer.from(name)),
    type: type === '' ? '' : types[type],
    described: describedOf(entry, target),
    missed: missedOf(entry),
    directory: type === 'd' ? object : undefined,
    content: type === 'f' ? [object] : [],
  };
}

function missedOf({ summary }: DirectoryEntry): Missed | undefined {
  if (summary === undefined) return undefined;
  const { failed, ignoredErrors: ignored, errors } = summary;
  return failed + ignored + errors.length === 0 ? undefined : { failed, ignored, errors };
}

/** kopia knows one time of an entry, and nothing of inodes. */
function describedOf(
  { type, mode, uid, gid, mtime, size }: DirectoryEntry,
  target: Buffer | undefined,
): Described | undefined {
  if (type === '') return undefined;
  return {
    type: types[type],
    mode: unixMode(mode),
    uid,
    gid,
    mtime,
    atime: mtime,
    ctime: mtime,
    inode: 0n,
    device: 0n,
    links: 0n,
    size: type === 'f' ? size : 0,
    target,
    attributes: [],
  };
}

async function targetOf(
  repository: IndexedKopia,
  { type, object }: DirectoryEntry,
  options: StoreOptions,
): Promise<Buffer | undefined> {
  return type === 's' ? readWholeObject(repository, object, options) : undefined;
}
