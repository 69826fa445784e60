import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { Identity } from '../access/identity.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { saveDocument } from '../access/save.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { RepositoryWriter } from '../access/writer.ts';
import { Chunker, chunksOf } from '../chunking/chunker.ts';
import { quoteName } from '../format/go-quote.ts';
import { formatTime } from '../format/go-time.ts';
import { readSnapshot, writeSnapshot } from '../format/snapshot.ts';
import { nameOf, writeTree } from '../format/tree.ts';

export interface StreamOptions extends StoreOptions {
  /** What the file is called in the snapshot: one segment of a path. */
  readonly name: string;
  readonly tags?: readonly string[];
  readonly identity: Identity;
  readonly clock: Clock;
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
  const { identity, clock, tags = [] } = options;
  const name = quoteName(Buffer.from(options.name));
  nameOf({ name });
  const begun = formatTime(BigInt(clock.now().getTime()) * 1_000_000n);
  const writer = new RepositoryWriter(repository, options);
  const file = await storeFile(writer, repository.config.polynomial, body);
  const { uid, gid, username, hostname } = identity;
  const times = { mtime: begun, atime: begun, ctime: begun };
  const node = { name, type: 'file', mode: 0o644, ...times, uid, gid, user: username, ...file };
  const tree = await writer.add('tree', writeTree([node]));
  await writer.finish();
  const ids = { ...(uid === 0 ? {} : { uid }), ...(gid === 0 ? {} : { gid }) };
  const described = { paths: [`/${options.name}`], hostname, username, ...ids };
  const document = { time: begun, tree, ...described, ...(tags.length === 0 ? {} : { tags }) };
  const snapshot = readSnapshot(document);
  if (snapshot === undefined) throw new Error('the snapshot that was made is not valid');
  const id = await saveDocument(repository, 'snapshots', writeSnapshot(snapshot), options);
  return { id, document: snapshot };
}

async function storeFile(
  writer: RepositoryWriter,
  polynomial: bigint,
  body: AsyncIterable<Uint8Array>,
): Promise<{ readonly size?: number; readonly content: readonly string[] }> {
  const content: string[] = [];
  let size = 0;
  for await (const chunk of chunksOf(new Chunker(polynomial), body)) {
    content.push(await writer.add('data', chunk));
    size += chunk.length;
  }
  return size === 0 ? { content } : { size, content };
}
