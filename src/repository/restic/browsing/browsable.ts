import type { Browsable, BrowsedSnapshot } from '../../browsing/browsable.ts';
import { isObject } from '../../format/go-json.ts';
import { parseTime } from '../../format/go-time.ts';
import { readTreeBlob } from '../access/blobs.ts';
import { keyOf, naming } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { findSnapshot, listSnapshots, type StoredSnapshot } from '../access/snapshots.ts';
import { readContent } from '../reading/browse.ts';
import { storedEntry } from '../reading/stored-entry.ts';

/** A restic repository whose snapshots can be looked into. Directories are called by the ids of their trees, contents by those of data blobs. */
export function resticBrowsable(repository: IndexedRepository): Browsable {
  return {
    url: repository.store.url,
    snapshots: async options => (await listSnapshots(repository, options)).map(browsedSnapshot),
    snapshot: async (wanted, options) => browsedSnapshot(await findSnapshot(repository, wanted, options)),
    list: async (tree, { signal } = {}) => {
      const nodes = await readTreeBlob(repository, tree, { signal });
      return naming(repository.store, keyOf('data', tree), async () => nodes.map(storedEntry));
    },
    read: (content, options = {}) => {
      const node = { name: '', type: 'file', content } as const;
      const { offset = 0, length = Number.POSITIVE_INFINITY, signal } = options;
      return readContent(repository, { path: Buffer.alloc(0), node }, { offset, length, signal });
    },
  };
}

/** A snapshot in words that all formats share. Its tree begins at `/`. */
export function browsedSnapshot({ id, document }: StoredSnapshot): BrowsedSnapshot {
  const { time, tree, paths, hostname = '', username = '', tags = [], summary } = document;
  const end = isObject(summary) ? summary['backup_end'] : undefined;
  return {
    id,
    time: parseTime(time) ?? 0n,
    ended: typeof end === 'string' ? parseTime(end) : undefined,
    host: hostname,
    user: username,
    paths,
    tags,
    pins: [],
    root: { name: '', type: 'dir', described: undefined, directory: tree, content: [] },
  };
}
