import { randomBytes } from 'node:crypto';
import type { StoreOptions } from '#storage/object-store.ts';
import type { BlobInfo } from '../access/blobs.ts';
import { ContentIndex } from '../access/content-index.ts';
import { naming } from '../access/naming.ts';
import type { OpenKopia } from '../access/open.ts';
import { readSealedBlob } from '../access/sealed-blobs.ts';
import { indexBlobId } from '../format/epoch-names.ts';
import { buildIndex, type IndexFile, parseIndex, shardSize, shardsOf } from '../format/index.ts';
import { blobIv } from '../format/sealing.ts';

export interface CompactionOptions extends StoreOptions {
  /** What the names of the new blobs begin with: `xs3_`, `xr0_7_`. */
  readonly prefix: string;
  readonly random?: ((size: number) => Buffer) | undefined;
}

/**
 * Writes one set of index blobs that says all that these say: of each content the valid entry, deleted or not. Readers use the set
 * once it is complete. The names of what was written.
 *
 * @throws `repository.damaged`, `file-missing` where an index cannot be read; nothing was written then
 */
export async function compactIndexes(
  repository: OpenKopia,
  from: readonly BlobInfo[],
  { prefix, random = randomBytes, ...options }: CompactionOptions,
): Promise<readonly string[]> {
  const indexes: IndexFile[] = [];
  for (const { id } of from) indexes.push(await readIndexBlob(repository, id, options));
  const count = indexes.reduce((sum, index) => sum + index.count, 0);
  if (count === 0) return [];
  const merged = mergeIndexes(indexes);
  const { indexVersion } = repository.format;
  const shards = merged.size <= shardSize ? [merged.entries()] : shardsOf([...merged.entries()]);
  const set = { set: `s${random(8).toString('hex')}`, count: shards.length };
  const written: string[] = [];
  for (const shard of shards) {
    const plain = buildIndex(shard, indexVersion);
    const id = indexBlobId(prefix, repository.hash(plain), set);
    await repository.blobs.put(id, repository.sealer.seal(plain, blobIv(id)), options);
    written.push(id);
  }
  return written;
}

async function readIndexBlob(repository: OpenKopia, id: string, options: StoreOptions): Promise<IndexFile> {
  const plain = await readSealedBlob(repository, id, options);
  return naming(repository.store, id, async () => parseIndex(plain, repository.sealer.overhead));
}

/** The valid entry of every content that these know, deleted ones too; some 45 bytes are held for each. */
function mergeIndexes(indexes: readonly IndexFile[]): ContentIndex {
  const keySize = Math.max(...indexes.map(({ keySize }) => keySize));
  const expected = indexes.reduce((sum, { count }) => sum + count, 0);
  const merged = new ContentIndex(keySize, { expected });
  for (const index of indexes) {
    for (let at = 0; at < index.count; at++) merged.add(index.entry(at));
  }
  return merged;
}
