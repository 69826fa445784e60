import { randomBytes } from 'node:crypto';
import type { StoreOptions } from '#storage/object-store.ts';
import type { BlobInfo } from '../access/blobs.ts';
import { indexRuns } from '../access/index-runs.ts';
import type { OpenKopia } from '../access/open.ts';
import { indexBlobId } from '../format/epoch-names.ts';
import { mergedIndexes } from '../format/merged-indexes.ts';
import { blobIv } from '../format/sealing.ts';

export interface CompactionOptions extends StoreOptions {
  /** What the names of the new blobs begin with: `xs3_`, `xr0_7_`. */
  readonly prefix: string;
  readonly random?: ((size: number) => Buffer) | undefined;
  /** Entries that one blob holds at most. */
  readonly shardSize?: number | undefined;
}

/**
 * kopia parts sets from 16 million entries on, by a hash of their ids. Readers take any parts: those of this size, each of a part of
 * all keys, can be written one after the other, and bound what is held to some 200 MB.
 */
export const usualShardSize = 2_000_000;

/**
 * Writes one set of index blobs that says all that these say: of each content the valid entry, deleted or not. Readers use the set
 * once it is complete. The names of what was written. What is held does not grow with the entries where large indexes lie on disk
 * ({@link OpenKopia.indexPages}).
 *
 * @throws `repository.damaged`, `file-missing` where an index cannot be read; nothing was written then
 */
export async function compactIndexes(
  repository: OpenKopia,
  from: readonly BlobInfo[],
  { prefix, random = randomBytes, shardSize = usualShardSize, ...options }: CompactionOptions,
): Promise<readonly string[]> {
  const runs = await indexRuns(repository, from, options);
  const merged = mergedIndexes(runs, { version: repository.format.indexVersion, size: shardSize });
  const set = { set: `s${random(8).toString('hex')}`, count: merged.count };
  const written: string[] = [];
  for (const plain of merged.plain()) {
    options.signal?.throwIfAborted();
    const id = indexBlobId(prefix, repository.hash(plain), set);
    await repository.blobs.put(id, repository.sealer.seal(plain, blobIv(id)), options);
    written.push(id);
  }
  return written;
}
