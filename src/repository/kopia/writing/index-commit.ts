import type { Clock } from '#foundation/clock.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { epochPrefixes, indexBlobId, parseEpochBlob, uncompactedPrefix } from '../format/epoch-names.ts';
import type { ContentEntry } from '../format/index.ts';
import { buildIndex, shardsOf } from '../format/index.ts';
import { blobIv } from '../format/sealing.ts';
import { deleteOwn } from './delete-own.ts';
import type { WritableKopia } from './writable.ts';

export interface CommitOptions extends StoreOptions {
  /** The session's id, which names of indexes end with. */
  readonly session: string;
  readonly clock: Clock;
}

/**
 * Writes the indexes of these entries to the epoch that others write to: with that they are in the repository. Where the
 * epoch goes on meanwhile, readers still look at the one before; where two have begun, they might not.
 *
 * @throws `repository.outpaced` then; nothing was committed
 */
export async function commitEntries(
  repository: WritableKopia,
  entries: readonly ContentEntry[],
  options: CommitOptions,
): Promise<void> {
  const { format, hash } = repository;
  const shards = shardsOf(entries).map(shard => {
    const plain = buildIndex(shard, format.indexVersion);
    return { plain, hash: hash(plain) };
  });
  if (!format.epochParameters.enabled) {
    const named = shards.map(shard => ({
      ...shard,
      id: `n${shard.hash.toString('hex')}-${options.session}`,
    }));
    await putIndexes(repository, named, options);
    return;
  }
  const set = { set: options.session, count: shards.length };
  const nameIn = (epoch: number): IndexToPut[] =>
    shards.map(shard => ({ ...shard, id: indexBlobId(uncompactedPrefix(epoch), shard.hash, set) }));
  await commitInEpoch(repository, nameIn, options);
}

interface IndexToPut {
  readonly id: string;
  readonly plain: Buffer;
}

/** An epoch is relied on for so long as kopia relies on what it read, and is read anew where putting took longer. */
async function commitInEpoch(
  repository: WritableKopia,
  nameIn: (epoch: number) => readonly IndexToPut[],
  options: CommitOptions,
): Promise<void> {
  const { clock } = options;
  const valid = Number(repository.format.epochParameters.refreshFrequency / 1_000_000n);
  for (let epoch = await writeEpoch(repository, options); ; ) {
    const begun = clock.monotonic();
    const indexes = nameIn(epoch);
    await putIndexes(repository, indexes, options);
    const now = await writeEpoch(repository, options);
    if (now === epoch || (now === epoch + 1 && clock.monotonic() - begun < valid)) return;
    for (const { id } of indexes) await deleteOwn(repository, id, options);
    if (now >= epoch + 2) throw raise.outpaced({ url: repository.blobs.store.url });
    epoch = now;
  }
}

async function putIndexes(
  { blobs, sealer }: WritableKopia,
  indexes: readonly IndexToPut[],
  options: StoreOptions,
): Promise<void> {
  for (const { id, plain } of indexes) await blobs.put(id, sealer.seal(plain, blobIv(id)), options);
}

/** The epoch that indexes are written to now. */
async function writeEpoch({ blobs }: WritableKopia, options: StoreOptions): Promise<number> {
  let epoch = 0;
  for await (const { id } of blobs.list(epochPrefixes.marker, options)) {
    const marker = parseEpochBlob(id);
    if (marker?.kind === 'marker') epoch = Math.max(epoch, marker.epoch);
  }
  return epoch;
}
