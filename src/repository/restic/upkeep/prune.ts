import type { Clock } from '#foundation/clock.ts';
import type { Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { type Abandoned, abandonUnfinished, nothingAbandoned } from '../../upkeep/abandon-unfinished.ts';
import { idsIn, isOwnKey, keyOf } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { removeFiles, type Undeleted } from '../access/remove-files.ts';
import { requireWritable } from '../access/save.ts';
import { listSnapshots } from '../access/snapshots.ts';
import { copyBlobs } from './copy-blobs.ts';
import { type PruneLimits, type PrunePlan, planPrune, pruneDefaults } from './prune-plan.ts';
import { rewriteIndexes } from './rewrite-indexes.ts';
import { usedBlobs } from './used-blobs.ts';

type SomeLimits = { readonly [Name in keyof PruneLimits]?: PruneLimits[Name] | undefined };

/** Limits that are not given are {@link pruneDefaults}. */
export interface PruneOptions extends StoreOptions, SomeLimits {
  /** Only says what would be done. */
  readonly dryRun?: boolean;
  /** Ids of snapshots that count as gone: those that a dry run of forget would remove. */
  readonly ignoreSnapshots?: ReadonlySet<string>;
  readonly progress?: Progress | undefined;
  readonly clock?: Clock | undefined;
}

/** What was done, or would be, and what a location that forbids deletion has kept of it; with `dryRun` nothing is abandoned. */
export interface Pruned extends PrunePlan, Abandoned {
  /** Packs and indexes that are still there. Nothing needs them, and the next prune tries again. */
  readonly undeleted: readonly Undeleted[];
  /** Packs that were not touched, because an index that could not be removed still names them. */
  readonly heldBack: readonly string[];
  /** Bytes of packs that are gone, or with `dryRun` would be. */
  readonly freedBytes: number;
}

/**
 * Removes what no snapshot needs. To be called under an exclusive lock, whose signal `options` has.
 *
 * What nothing names goes first; then what is needed of packs that are given up is copied into new packs, which get
 * indexes; then new indexes replace those that name the old packs; the old packs go last. Whatever stops it in between, every
 * snapshot stays whole, and the next call goes on from there. A file that cannot be removed stops nothing but the removal of
 * what it names, and what interrupted writes left and cannot be removed stops nothing.
 *
 * @returns what was done, or with `dryRun` would be
 * @throws `repository.prune-blobs-missing`, `prune-packs-unfit`, `damaged` and `file-missing` before anything is changed,
 * `foreign` for version 1, and what the store throws
 */
export async function pruneRestic(repository: OpenRepository, options: PruneOptions = {}): Promise<Pruned> {
  requireWritable(repository);
  const { ignoreSnapshots } = options;
  const snapshots = await listSnapshots(repository, options);
  let named = 0;
  const indexed = await loadIndex(repository, { ...options, onPack: () => named++ });
  const namedTwice = named > indexed.index.packs.length;
  const kept = snapshots.filter(({ id }) => ignoreSnapshots?.has(id) !== true);
  const trees = kept.map(({ document }) => document.tree);
  const used = await usedBlobs(indexed, trees, options);
  const files = await packFiles(repository, options);
  const plan = planPrune({ index: indexed.index, used, files }, { ...pruneDefaults, ...given(options) });
  refuseUnfit(repository, plan);
  const isDry = options.dryRun === true;
  const left = isDry ? nothingLeft : await applyPrune(indexed, plan, { ...options, namedTwice });
  const { store } = repository;
  const cleaned = isDry ? nothingAbandoned : await abandonUnfinished(store, { ...options, isOwn: isOwnKey });
  const { remove, repackRemove, unreferencedBytes } = plan.totals;
  const freedBytes = remove.bytes + repackRemove.bytes + unreferencedBytes - bytesOf(left, files);
  return { ...plan, ...left, freedBytes, ...cleaned };
}

type Left = Pick<Pruned, 'undeleted' | 'heldBack'>;

const nothingLeft: Left = { undeleted: [], heldBack: [] };

function bytesOf({ undeleted, heldBack }: Left, sizes: ReadonlyMap<string, number>): number {
  const ids = new Set([...undeleted.map(({ file }) => file.slice(file.lastIndexOf('/') + 1)), ...heldBack]);
  return [...ids].reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
}

/** Without what is undefined, which would hide a default. */
function given(options: PruneOptions): Partial<PruneLimits> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

async function packFiles(
  { store }: OpenRepository,
  options: StoreOptions,
): Promise<ReadonlyMap<string, number>> {
  const files = new Map<string, number>();
  for await (const { id, size } of idsIn(store, 'data', options)) files.set(id, size);
  return files;
}

function refuseUnfit({ store: { url } }: OpenRepository, { unfit }: PrunePlan): void {
  const [first] = unfit;
  if (first === undefined) return;
  const { id, expected, found } = first;
  throw raise['prune-packs-unfit']({ url, count: unfit.length, file: keyOf('data', id), expected, found });
}

interface ApplyOptions extends PruneOptions {
  /** Whether several indexes name the same pack: a prune died after it had written new ones. */
  readonly namedTwice: boolean;
}

async function applyPrune(
  repository: IndexedRepository,
  plan: PrunePlan,
  options: ApplyOptions,
): Promise<Left> {
  const repacked = plan.repack.map(({ id }) => id);
  const unreferenced = await removePacks(repository, plan.unreferenced, options);
  if (repacked.length > 0) {
    const compressData = options.repackUncompressed ?? false;
    await copyBlobs(repository, repacked, plan.copies, { ...options, compressData });
  }
  const old = [...plan.remove, ...repacked];
  const drop = new Set([...old, ...plan.forget]);
  const rewrites = drop.size > 0 || options.namedTwice;
  const indexes = rewrites ? (await rewriteIndexes(repository, { ...options, drop })).undeleted : [];
  if (indexes.length > 0) return { undeleted: [...unreferenced, ...indexes], heldBack: old };
  return { undeleted: [...unreferenced, ...(await removePacks(repository, old, options))], heldBack: [] };
}

/** Removes packs, which no index names any more. Those that are still there. */
export async function removePacks(
  { store }: OpenRepository,
  packs: readonly string[],
  { progress, signal }: StoreOptions & { readonly progress?: Progress | undefined },
): Promise<readonly Undeleted[]> {
  const files = packs.map(id => keyOf('data', id));
  return removeFiles(store, files, { phase: 'remove packs', progress, signal });
}
