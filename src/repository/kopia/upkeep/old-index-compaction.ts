import { randomBytes } from 'node:crypto';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import type { BlobInfo } from '../access/blobs.ts';
import { indexRuns } from '../access/index-runs.ts';
import { activeOldIndexes } from '../access/old-indexes.ts';
import type { OpenKopia } from '../access/open.ts';
import { oldIndexPrefixes } from '../format/epoch-names.ts';
import type { MergedEntry } from '../format/index-merge.ts';
import { mergedIndexes } from '../format/merged-indexes.ts';
import { type LoggedBlob, writeCompactionLog } from '../format/old-index-logs.ts';
import { blobIv } from '../format/sealing.ts';
import { deleteOwn } from '../writing/delete-own.ts';
import { usualShardSize } from './index-compaction.ts';

const [indexPrefix, logPrefix] = oldIndexPrefixes;
/** Bytes behind an index, without which merging the same twice would give a blob of the same name. */
const suffixSize = 32;

export interface OldCompactionOptions extends StoreOptions {
  /** Contents that were deleted before are left out; milliseconds since 1970. */
  readonly dropBefore?: number | undefined;
  readonly random?: ((size: number) => Buffer) | undefined;
}

/**
 * Puts indexes of a repository without epochs together, and says so in a log: from then on nobody reads them any more. The log's blob.
 *
 * @throws `repository.damaged`, `file-missing` where an index cannot be read, and `maintenance-elsewhere` where others have merged some of
 * them meanwhile: nothing has changed for anybody then, unless the store refuses to delete what was merged
 */
export async function compactOldIndexes(
  repository: OpenKopia,
  inputs: readonly BlobInfo[],
  { dropBefore, random = randomBytes, ...options }: OldCompactionOptions,
): Promise<BlobInfo> {
  await refuseIfMerged(repository, inputs, options);
  const runs = await indexRuns(repository, inputs, options);
  const keep = ({ deleted, timestamp }: MergedEntry): boolean =>
    !deleted || timestamp * 1000 >= (dropBefore ?? Number.NEGATIVE_INFINITY);
  const version = repository.format.indexVersion;
  const merged = mergedIndexes(runs, { version, size: usualShardSize, keep });
  const outputs: BlobInfo[] = [];
  for (const plain of merged.count === 0 ? [] : merged.plain()) {
    const unique = Buffer.concat([plain, random(suffixSize)]);
    outputs.push(await putSealed(repository, indexPrefix, unique, options));
  }
  try {
    await refuseIfMerged(repository, inputs, options);
  } catch (refusal) {
    // Without a log they would count for everybody, and could bring back what the others have dropped.
    for (const { id } of outputs) await deleteOwn(repository, id, options);
    throw refusal;
  }
  const log = { inputs: inputs.map(loggedBlob), outputs: outputs.map(loggedBlob) };
  return putSealed(repository, logPrefix, writeCompactionLog(log), options);
}

/** Who merges the same at once could bring back what is dropped here. */
async function refuseIfMerged(
  repository: OpenKopia,
  inputs: readonly BlobInfo[],
  options: StoreOptions,
): Promise<void> {
  const active = new Set((await activeOldIndexes(repository, options)).map(({ id }) => id));
  if (inputs.every(({ id }) => active.has(id))) return;
  throw raise['maintenance-elsewhere']({ url: repository.store.url });
}

function loggedBlob({ id, size, modified }: BlobInfo): LoggedBlob {
  return { id, size, written: BigInt(modified.getTime()) * 1_000_000n };
}

/** Stores a blob that is sealed as a whole and called by the hash of its plain bytes. */
export async function putSealed(
  repository: OpenKopia,
  prefix: string,
  plain: Buffer,
  options: StoreOptions,
): Promise<BlobInfo> {
  const id = `${prefix}${repository.hash(plain).toString('hex')}`;
  return repository.blobs.put(id, repository.sealer.seal(plain, blobIv(id)), options);
}
