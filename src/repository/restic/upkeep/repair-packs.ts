import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { Fault } from '../../format/fault.ts';
import { isDamage, openBlob } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import type { Undeleted } from '../access/remove-files.ts';
import { requireWritable } from '../access/save.ts';
import type { PackedBlob } from '../format/pack.ts';
import { readPackHeader } from './pack-header.ts';
import { removePacks } from './prune.ts';
import { rewriteIndexes } from './rewrite-indexes.ts';
import { sealedBlobs } from './sealed-blobs.ts';
import { SealedWriter } from './sealed-writer.ts';

export interface RepairPacksOptions extends StoreOptions {
  /** Only says what would be saved and lost; everything is read nevertheless. */
  readonly dryRun?: boolean;
  readonly progress?: Progress | undefined;
}

/** What became of a pack. */
export interface PackRepair {
  readonly id: string;
  /** Blobs that were copied into a new pack. */
  readonly saved: number;
  /** Blobs that could not be read, and lie in no other pack. */
  readonly lost: number;
  /** Neither an index nor a file has such a pack: it was given up before, by a run that was perhaps interrupted. */
  readonly gone: boolean;
}

export interface PacksRepair {
  readonly packs: readonly PackRepair[];
  /** Packs and indexes that are still there, because the location lets nothing be deleted; run again, it tries again. */
  readonly undeleted: readonly Undeleted[];
}

interface DamagedPack {
  readonly id: string;
  readonly places: readonly PackedBlob[];
  readonly gone: boolean;
}

/**
 * Gives packs up: what can still be read of them, blob for blob, is copied into new packs; then the indexes forget the old
 * ones, and these are removed. To be called under an exclusive lock. What an index and what the pack's own header names is
 * tried, so an incomplete index is no loss. Packs that are gone already are no hindrance, so that a run which was interrupted is
 * completed by the same words.
 *
 * @param ids whole ids of packs
 * @throws `repository.damaged` where an index is, before anything is changed, `foreign` for version 1, and what the
 * store throws
 */
export async function repairPacks(
  repository: OpenRepository,
  ids: readonly string[],
  options: RepairPacksOptions = {},
): Promise<PacksRepair> {
  requireWritable(repository);
  const indexed = await loadIndex(repository, options);
  const damaged: DamagedPack[] = [];
  for (const id of new Set(ids)) damaged.push(await lookAt(indexed, id, options));
  const packs = await salvage(indexed, damaged, options);
  const drop = new Set(damaged.filter(({ gone }) => !gone).map(({ id }) => id));
  if (options.dryRun === true || drop.size === 0) return { packs, undeleted: [] };
  const { undeleted } = await rewriteIndexes(repository, { ...options, drop });
  if (undeleted.length > 0) return { packs, undeleted };
  return { packs, undeleted: await removePacks(repository, [...drop], options) };
}

/** What the indexes and its header say that a pack holds, as far as its file reaches. */
async function lookAt(
  repository: IndexedRepository,
  id: string,
  options: StoreOptions,
): Promise<DamagedPack> {
  const { store, index } = repository;
  const number = index.packs.indexOf(id);
  const file = await store.head(keyOf('data', id), options);
  if (number < 0 && file === undefined) return { id, places: [], gone: true };
  const named: PackedBlob[] = [];
  for (let entry = 0; entry < index.size; entry++) {
    if (index.packNumber(entry) === number) named.push(index.place(entry));
  }
  const header =
    file === undefined ? [] : await headerOrNothing(repository, { id, size: file.size }, options);
  const places = new Map([...header, ...named].map(blob => [`${blob.type}${blob.id}${blob.offset}`, blob]));
  const size = file?.size ?? 0;
  return {
    id,
    gone: false,
    places: [...places.values()].map(blob => (ends(blob) <= size ? blob : { ...blob, length: 0 })),
  };
}

function ends({ offset, length }: PackedBlob): number {
  return offset + length;
}

async function headerOrNothing(
  repository: OpenRepository,
  pack: { readonly id: string; readonly size: number },
  options: StoreOptions,
): Promise<readonly PackedBlob[]> {
  try {
    return await readPackHeader(repository, pack, options);
  } catch (thrown) {
    if (isDamage(thrown)) return [];
    throw thrown;
  }
}

async function salvage(
  repository: IndexedRepository,
  damaged: readonly DamagedPack[],
  options: RepairPacksOptions,
): Promise<readonly PackRepair[]> {
  const { progress = noProgress } = options;
  const writer = options.dryRun === true ? undefined : new SealedWriter(repository, options);
  const saved = new Set<string>();
  const counts: { id: string; before: number; after: number }[] = [];
  try {
    for (const pack of damaged) {
      const before = saved.size;
      if (!pack.gone) await salvagePack(repository, { pack, saved, writer }, options);
      counts.push({ id: pack.id, before, after: saved.size });
      progress({
        phase: 'salvage',
        done: counts.length,
        total: damaged.length,
        unit: 'items',
        current: pack.id,
      });
    }
    await writer?.finish();
  } finally {
    await writer?.settle();
  }
  const given = new Set(damaged.map(({ id }) => id));
  const isLost = (blob: PackedBlob): boolean =>
    !saved.has(nameOf(blob)) &&
    repository.index.places(blob.type, blob.id).every(({ pack }) => given.has(pack));
  return counts.map(({ id, before, after }, at) => {
    const lost = new Set((damaged[at]?.places ?? []).filter(isLost).map(nameOf));
    return { id, saved: after - before, lost: lost.size, gone: damaged[at]?.gone ?? false };
  });
}

function nameOf({ type, id }: Pick<PackedBlob, 'type' | 'id'>): string {
  return `${type} ${id}`;
}

interface Salvage {
  readonly pack: DamagedPack;
  /** Blobs that are saved already. */
  readonly saved: Set<string>;
  /** Absent where nothing is to be written. */
  readonly writer: SealedWriter | undefined;
}

async function salvagePack(
  repository: IndexedRepository,
  { pack: { id, places }, saved, writer }: Salvage,
  options: StoreOptions,
): Promise<void> {
  const within = places.filter(({ length }) => length > 0);
  for await (const { place, sealed } of sealedBlobs(repository, { pack: id, places: within }, options)) {
    if (saved.has(nameOf(place)) || !isWhole(repository, place, sealed)) continue;
    saved.add(nameOf(place));
    await writer?.add(place, sealed);
  }
}

function isWhole({ key }: OpenRepository, place: PackedBlob, sealed: Buffer): boolean {
  try {
    openBlob(key, place, sealed);
    return true;
  } catch (thrown) {
    if (thrown instanceof Fault) return false;
    throw thrown;
  }
}
