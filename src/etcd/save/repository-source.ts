import { ownIdentity } from '#repository/restic/access/identity.ts';
import type { Entry } from '#repository/trees/entry.ts';
import { nestedSource } from '#repository/trees/nested-source.ts';
import type { TreeSource } from '#repository/trees/source.ts';
import { streamSource } from '#repository/trees/stream-source.ts';
import type { SavedFile } from './sink.ts';

/**
 * The directory that a file is in, in snapshots of repositories: the same each time, so that a keep policy sees one series, and another
 * for each cluster. `/etcd/snapshot`, `/etcd/west/static_kuberesources`.
 */
export function seriesOf(name: string, cluster: string | undefined): string {
  const kind = name.replace(/[_-]?\d{4}-\d\d-\d\d_\d{6}.*$/, '').replace(/\.[a-z.]+$/, '') || 'file';
  return ['/etcd', ...(cluster === undefined ? [] : [cluster]), kind].join('/');
}

/** A file as the only one of a tree. */
export function fileAtRoot({ name, bytes }: Pick<SavedFile, 'name' | 'bytes'>, now: Date): TreeSource {
  return streamSource(bytes, { name: Buffer.from(name), mode: 0o600, ...ownerAt(now) });
}

/** A file below the directory of its series, which is the root that the snapshot names. */
export function fileInSeries(file: Pick<SavedFile, 'name' | 'bytes'>, series: string, now: Date): TreeSource {
  const { time, ...owner } = ownerAt(now);
  const times = { mtime: time, atime: time, ctime: time };
  const unknown = { inode: 0n, device: 0n, links: 0n, size: 0, attributes: [] };
  const model: Omit<Entry, 'path'> = { type: 'dir', mode: 0o755, ...owner, ...times, ...unknown };
  const nested = nestedSource(fileAtRoot(file, now), Buffer.from(series.slice(1)), model);
  return { ...nested, roots: [Buffer.from(series)] };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

function ownerAt(now: Date): Owner {
  const { uid, gid, username: user } = ownIdentity();
  return { uid, gid, user, time: BigInt(now.getTime()) * 1_000_000n };
}
