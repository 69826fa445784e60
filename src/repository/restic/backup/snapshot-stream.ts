import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { streamSource } from '../../trees/stream-source.ts';
import type { Identity } from '../access/identity.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { snapshotTree } from './snapshot-tree.ts';

export interface StreamOptions extends StoreOptions {
  /** What the file is called in the snapshot: one segment of a path. */
  readonly name: string;
  readonly tags?: readonly string[];
  readonly identity: Identity;
  readonly clock: Clock;
  readonly program?: string | undefined;
}

/**
 * Stores a stream as a snapshot of one file, as `restic backup --stdin` does: a database's dump, a snapshot of
 * etcd. The snapshot's own file is written last; if the stream fails, there is no snapshot. To be called under a lock.
 *
 * @throws what the stream and the store throw, `repository.foreign` for a repository of version 1
 */
export async function snapshotStream(
  repository: IndexedRepository,
  body: AsyncIterable<Uint8Array>,
  options: StreamOptions,
): Promise<StoredSnapshot> {
  const { identity, clock, name } = options;
  const time = BigInt(clock.now().getTime()) * 1_000_000n;
  const { uid, gid, username: user } = identity;
  const source = streamSource(body, { name: Buffer.from(name), time, uid, gid, user });
  const { id, document } = await snapshotTree(repository, source, { ...options, parent: undefined, time });
  if (id === undefined) throw new Error('the snapshot was not written');
  return { id, document };
}
