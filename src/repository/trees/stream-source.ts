import type { Entry } from './entry.ts';
import type { TreeSource } from './source.ts';

export interface StreamSourceOptions {
  /** What the file is called: segments joined by `/`, without a leading or final one. */
  readonly path: Buffer;
  /** Nanoseconds since 1970: the time that the file and the directories above it have. */
  readonly time: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

/** One stream as a tree of one file, as `restic backup --stdin` has it: a database's dump, a snapshot of etcd. */
export function streamSource(body: AsyncIterable<Uint8Array>, options: StreamSourceOptions): TreeSource {
  const { path, time, ...owner } = options;
  const common = { ...owner, mtime: time, atime: time, ctime: time, inode: 0n, device: 0n, links: 0n };
  const node = (at: Buffer, type: 'file' | 'dir', mode: number): Entry => ({
    ...common,
    path: at,
    type,
    mode,
    size: 0,
    attributes: [],
  });
  async function* events() {
    const above = [...directoriesAbove(path)];
    yield above.map(each => ({ kind: 'entry', entry: node(each, 'dir', 0o755) }) as const);
    yield [{ kind: 'entry', entry: node(path, 'file', 0o644), content: { kind: 'stream', body } }] as const;
    yield above.toReversed().map(each => ({ kind: 'left', path: each }) as const);
  }
  return { roots: [Buffer.concat([Buffer.from('/'), path])], events };
}

function* directoriesAbove(path: Buffer): Generator<Buffer> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.subarray(0, at);
}
