import { mapConcurrent } from '#foundation/concurrency.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { Fault } from '../../format/fault.ts';
import { parseTime } from '../../format/go-time.ts';
import { reasons } from '../format/reasons.ts';
import { readSnapshot, type SnapshotDocument } from '../format/snapshot.ts';
import { idsIn, keyOf, naming, readDocument } from './files.ts';
import type { OpenRepository } from './open.ts';

/** A snapshot and the id of its file. */
export interface StoredSnapshot {
  readonly id: string;
  readonly document: SnapshotDocument;
}

export interface ListSnapshotsOptions extends StoreOptions {
  /** Told of a snapshot that cannot be read and is left out; without it, the first one is thrown. */
  readonly onDamage?: ((file: string, thrown: HozonError) => void) | undefined;
}

const concurrency = 8;

/** Every snapshot, the oldest first, without those that somebody removes meanwhile. @throws `repository.damaged` and what the store throws */
export async function listSnapshots(
  repository: OpenRepository,
  options: ListSnapshotsOptions = {},
): Promise<readonly StoredSnapshot[]> {
  const ids = idsIn(repository.store, 'snapshots', options);
  const read = mapConcurrent(ids, concurrency, ({ id }) => readOrTell(repository, id, options));
  const all = await Array.fromAsync(read);
  return all.filter(snapshot => snapshot !== undefined).sort(byTime);
}

async function readOrTell(
  repository: OpenRepository,
  id: string,
  options: ListSnapshotsOptions,
): Promise<StoredSnapshot | undefined> {
  try {
    return await readStoredSnapshot(repository, id, options);
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing')) return undefined;
    if (options.onDamage === undefined || !isHozonError(thrown, 'repository.damaged')) throw thrown;
    options.onDamage(keyOf('snapshots', id), thrown);
    return undefined;
  }
}

/** Of the same time, the ids decide, so that the order is always the same. */
function byTime(a: StoredSnapshot, b: StoredSnapshot): number {
  const [first, second] = [timeOf(a), timeOf(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** One snapshot, by its whole id. @throws `repository.damaged`, `file-missing` and what the store throws */
export async function readStoredSnapshot(
  repository: OpenRepository,
  id: string,
  options: StoreOptions = {},
): Promise<StoredSnapshot> {
  const document = readSnapshot(await readDocument(repository, 'snapshots', id, options));
  return naming(repository.store, keyOf('snapshots', id), async () => {
    if (document === undefined) throw new Fault(reasons.snapshot);
    return { id, document };
  });
}

/**
 * The snapshot that a person means: by the beginning of its id, or `latest`.
 *
 * @throws `repository.snapshot-not-found`, `snapshot-ambiguous`, `damaged` and what the store throws
 */
export async function findSnapshot(
  repository: OpenRepository,
  wanted: string,
  options: StoreOptions = {},
): Promise<StoredSnapshot> {
  const { store } = repository;
  if (wanted === 'latest') {
    const latest = (await listSnapshots(repository, options)).at(-1);
    if (latest === undefined) throw raise['snapshot-not-found']({ url: store.url, id: wanted });
    return latest;
  }
  const ids: string[] = [];
  for await (const { id } of idsIn(store, 'snapshots', options)) {
    if (wanted !== '' && id.startsWith(wanted)) ids.push(id);
  }
  const [id] = ids;
  if (id === undefined) throw raise['snapshot-not-found']({ url: store.url, id: wanted });
  if (ids.length > 1) throw raise['snapshot-ambiguous']({ url: store.url, id: wanted, count: ids.length });
  return readStoredSnapshot(repository, id, options);
}

/** Nanoseconds since 1970. */
function timeOf({ document }: StoredSnapshot): bigint {
  return parseTime(document.time) ?? 0n;
}
