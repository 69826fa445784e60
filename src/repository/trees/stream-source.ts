import type { Entry } from './entry.ts';
import type { TreeSource } from './source.ts';

export interface StreamSourceOptions {
  /** What the file is called: one segment of a path, of any bytes but NUL and `/`. */
  readonly name: Buffer;
  /** Nanoseconds since 1970; a stream has no times of its own. */
  readonly time: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  /** Permissions; 0644 unless told. */
  readonly mode?: number | undefined;
}

/**
 * One stream as one file: a database's dump, a snapshot of etcd. It can be asked for its events once. The entry's size is 0: how long
 * a stream is shows when it has ended.
 */
export function streamSource(body: AsyncIterable<Uint8Array>, options: StreamSourceOptions): TreeSource {
  const { name, time, uid, gid, user, group, mode = 0o644 } = options;
  if (!isSegment(name)) throw new Error(`not a name of a file: ${JSON.stringify(name.toString())}`);
  const owner = { uid, gid, user, group };
  const unknown = { inode: 0n, device: 0n, links: 0n, size: 0, attributes: [] };
  const times = { mtime: time, atime: time, ctime: time };
  const entry: Entry = { path: name, type: 'file', mode, ...owner, ...times, ...unknown };
  let asked = false;
  return {
    roots: [Buffer.concat([Buffer.from('/'), name])],
    async *events({ signal }) {
      if (asked) throw new Error('a stream can be read once');
      asked = true;
      signal?.throwIfAborted();
      yield [{ kind: 'entry', entry, content: { kind: 'stream', body } }];
    },
  };
}

function isSegment(name: Buffer): boolean {
  const text = name.toString('latin1');
  return text !== '' && text !== '.' && text !== '..' && !/[/\0]/.test(text);
}
