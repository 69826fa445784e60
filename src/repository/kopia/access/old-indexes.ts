import { mapConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { oldIndexPrefixes } from '../format/epoch-names.ts';
import type { BlobInfo } from './blobs.ts';
import { isJsonObject } from './json-shape.ts';
import { naming } from './naming.ts';
import type { OpenKopia } from './open.ts';
import { readSealedBlob } from './sealed-blobs.ts';

const [indexPrefix, logPrefix] = oldIndexPrefixes;
/** Clients too old for epochs are stopped by an index that none of them can read. */
const poisonId =
  'n00000000000000000000000000000000-repository_unreadable_by_this_kopia_version_upgrade_required';
const concurrency = 8;

/**
 * The index blobs of a repository without epochs: those that no log of a compaction says were merged into others that are there.
 *
 * @throws `repository.damaged` and what the store throws
 */
export async function activeOldIndexes(
  repository: OpenKopia,
  options: StoreOptions,
): Promise<readonly BlobInfo[]> {
  const { blobs } = repository;
  const logs = await Array.fromAsync(blobs.list(logPrefix, options));
  const indexes = await Array.fromAsync(blobs.list(indexPrefix, options));
  const active = new Map(indexes.map(blob => [blob.id, blob]));
  active.delete(poisonId);
  const read = mapConcurrent(logs, concurrency, ({ id }) => readCompaction(repository, id, options));
  const valid: Compaction[] = [];
  for await (const compaction of read) {
    if (compaction?.outputs.every(id => active.has(id)) === true) valid.push(compaction);
  }
  for (const { inputs } of valid) for (const id of inputs) active.delete(id);
  return [...active.values()];
}

interface Compaction {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a log says was merged into what; `undefined` where somebody removes the log meanwhile. */
async function readCompaction(
  repository: OpenKopia,
  id: string,
  options: StoreOptions,
): Promise<Compaction | undefined> {
  try {
    const plain = await readSealedBlob(repository, id, options);
    return await naming(repository.store, id, async () => compactionOf(plain));
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing')) return undefined;
    throw thrown;
  }
}

function compactionOf(plain: Buffer): Compaction {
  const document = parsed(plain);
  if (!isJsonObject(document)) throw new Fault(noLog);
  return { inputs: idsIn(document['inputMetadata']), outputs: idsIn(document['outputMetadata']) };
}

function idsIn(value: unknown): string[] {
  const blobs: unknown = value ?? [];
  if (!Array.isArray(blobs)) throw new Fault(noLog);
  return blobs.map((blob: unknown) => {
    if (!isJsonObject(blob) || typeof blob['id'] !== 'string') throw new Fault(noLog);
    return blob['id'];
  });
}

function parsed(plain: Buffer): unknown {
  try {
    return JSON.parse(plain.toString());
  } catch (cause) {
    throw new Fault(noLog, { cause });
  }
}

const noLog = say(
  'it is no record of indexes that were merged',
  'インデックス統合の記録として正しくありません',
);
