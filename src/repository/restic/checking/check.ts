import { mapConcurrent } from '#foundation/concurrency.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { raise } from '../../errors.ts';
import type { BlobPlace } from '../access/blob-index.ts';
import { isDamage, openBlob } from '../access/blobs.ts';
import { idsIn, keyOf, naming } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { Fault, reasons } from '../format/fault.ts';
import { idOf } from '../format/ids.ts';
import { headerLength, packSize, readHeader, trailerSize } from '../format/pack.ts';
import type { CheckFinding } from './check-finding.ts';
import { damagedKeys } from './check-keys.ts';
import { affectedPaths } from './check-paths.ts';

export interface CheckOptions extends StoreOptions {
  /** Read every byte; otherwise only what says where things are. */
  readonly readData?: boolean | undefined;
  readonly progress?: Progress | undefined;
}

/** Bytes of a pack. restic makes none above 128 MiB, save around one large tree. */
const packLimit = 1024 ** 3;
/** Packs in memory at once. */
const concurrency = 2;

/**
 * Checks a repository: that its indexes, snapshots and directories can be read, that every pack they need is there
 * and as long as it must be; with `readData`, that every byte of every pack is what it was when it was written. Damage is
 * yielded, not thrown, and after it the paths that suffer. Nothing is written, and no lock is taken.
 *
 * What is gone without a trace, as a snapshot's file is, cannot be found missing.
 *
 * @throws what the store throws, other than that an object is not there
 */
export async function* checkRestic(
  repository: OpenRepository,
  options: CheckOptions = {},
): AsyncGenerator<CheckFinding> {
  // Snapshots first: what is written while this runs must not seem to lack its blobs.
  const snapshots = await Array.fromAsync(idsIn(repository.store, 'snapshots', options), ({ id }) => id);
  const damagedIndexes: CheckFinding[] = [];
  const indexed = await loadIndex(repository, {
    ...options,
    onDamage: (file, thrown) => damagedIndexes.push(fileFinding(file, damageOf(thrown))),
  });
  yield* damagedIndexes;
  yield* damagedKeys(repository, options);
  const lost = new Uint8Array(indexed.index.size);
  yield* checkPacks(indexed, lost, options);
  yield* affectedPaths(indexed, { snapshots, lost }, options);
}

function fileFinding(file: string, thrown: HozonError): CheckFinding {
  return { kind: 'file', file, text: messageOf(thrown) };
}

function messageOf(thrown: HozonError): Message {
  return { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
}

/** What is no damage is no finding. */
function damageOf(thrown: unknown): HozonError {
  if (isDamage(thrown)) return thrown;
  throw thrown;
}

/** Marks every place that cannot be read in `lost`. */
async function* checkPacks(
  repository: IndexedRepository,
  lost: Uint8Array,
  options: CheckOptions,
): AsyncGenerator<CheckFinding> {
  const { store, index } = repository;
  const entries = index.entriesByPack();
  const packs = index.packs.map((id, at) => ({ id, entries: entries[at] ?? new Uint32Array() }));
  const sizes = new Map<string, number>();
  for await (const { id, size } of idsIn(store, 'data', options)) sizes.set(id, size);
  const { progress = noProgress } = options;
  let done = 0;
  const checked = mapConcurrent(packs, concurrency, async ({ id, entries }) => {
    const places = Array.from(entries, entry => index.place(entry)).sort((a, b) => a.offset - b.offset);
    const size = sizes.get(id);
    sizes.delete(id);
    const finding = await checkPack(repository, { id, places, size, lost }, options);
    progress({
      phase: 'check',
      done: ++done,
      total: packs.length,
      unit: 'items',
      current: keyOf('data', id),
    });
    return finding;
  });
  for await (const finding of checked) if (finding !== undefined) yield finding;
  for (const id of sizes.keys()) yield { kind: 'unused', file: keyOf('data', id), text: unusedPack(id) };
}

function unusedPack(id: string): Message {
  return {
    en: () =>
      `no index names the pack "${keyOf('data', id)}"; \`restic repair index\` or \`restic prune\` tidies up`,
    ja: () =>
      `パック "${keyOf('data', id)}" はどのインデックスにもありません。\`restic repair index\` または \`restic prune\` で整理できます`,
  };
}

interface PackToCheck {
  readonly id: string;
  /** By their offsets. */
  readonly places: readonly BlobPlace[];
  /** Bytes of the file; absent where there is none. */
  readonly size: number | undefined;
  readonly lost: Uint8Array;
}

async function checkPack(
  repository: IndexedRepository,
  pack: PackToCheck,
  options: CheckOptions,
): Promise<CheckFinding | undefined> {
  const { store } = repository;
  const file = keyOf('data', pack.id);
  try {
    await naming(store, file, async () => {
      if (pack.size === undefined) throw raise['file-missing']({ url: store.url, file });
      if (pack.size !== packSize(pack.places)) throw new Fault(reasons.packSize);
    });
  } catch (thrown) {
    for (const { entry } of pack.places) pack.lost[entry] = 1;
    if (options.readData === true && pack.size !== undefined) await tryBlobs(repository, pack, options);
    return fileFinding(file, damageOf(thrown));
  }
  return options.readData === true ? readPack(repository, pack, options) : undefined;
}

/** Reads a whole pack and every blob in it. */
async function readPack(
  repository: IndexedRepository,
  pack: PackToCheck,
  options: CheckOptions,
): Promise<CheckFinding | undefined> {
  const file = keyOf('data', pack.id);
  try {
    await naming(repository.store, file, async () => {
      const bytes = await readAll(repository.store, file, { ...options, limit: packLimit });
      const faults = pack.places.map(place => faultOf(repository, place, bytes));
      pack.places.forEach((place, at) => {
        if (faults[at] !== undefined) pack.lost[place.entry] = 1;
      });
      if (idOf(bytes) !== pack.id) throw new Fault(reasons.otherBytes);
      for (const fault of faults) if (fault !== undefined) throw fault;
      checkHeader(repository, pack, bytes);
    });
  } catch (thrown) {
    if (isHozonError(thrown, 'repository.file-missing'))
      for (const { entry } of pack.places) pack.lost[entry] = 1;
    return fileFinding(file, damageOf(thrown));
  }
  return undefined;
}

/** A pack of a wrong size may still hold some of its blobs. */
async function tryBlobs(
  repository: IndexedRepository,
  pack: PackToCheck,
  options: CheckOptions,
): Promise<void> {
  if ((pack.size ?? 0) > packLimit) return;
  const bytes = await readAll(repository.store, keyOf('data', pack.id), { ...options, limit: packLimit });
  for (const place of pack.places)
    pack.lost[place.entry] = faultOf(repository, place, bytes) === undefined ? 0 : 1;
}

function faultOf({ key }: OpenRepository, place: BlobPlace, pack: Uint8Array): Fault | undefined {
  try {
    openBlob(key, place, pack.subarray(place.offset, place.offset + place.length));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

/** The header must name the blobs that the indexes name, at the same places. */
function checkHeader({ key }: OpenRepository, { places }: PackToCheck, bytes: Uint8Array): void {
  const length = headerLength(bytes.subarray(-trailerSize), bytes.length);
  const sealed = bytes.subarray(bytes.length - trailerSize - length, bytes.length - trailerSize);
  const blobs = readHeader(key, sealed, bytes.length);
  const same =
    blobs.length === places.length &&
    blobs.every((blob, at) => {
      const place = places[at];
      return place?.id === blob.id && place.type === blob.type && place.offset === blob.offset;
    });
  if (!same) throw new Fault(reasons.indexDiffers);
}
