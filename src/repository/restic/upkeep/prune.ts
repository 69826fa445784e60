import { forEachConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { idsIn, keyOf } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
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
}

/** How many files are removed at once. */
const concurrency = 4;

/**
 * Removes what no snapshot needs. To be called under an exclusive lock, whose signal `options` has.
 *
 * What nothing names goes first; then what is needed of packs that are given up is copied into new packs, which get
 * indexes; then new indexes replace those that name the old packs; the old packs go last. Whatever stops it in between, every
 * snapshot stays whole, and the next call goes on from there.
 *
 * @returns what was done, or with `dryRun` would be
 * @throws `repository.prune-blobs-missing`, `prune-packs-unfit`, `damaged` and `file-missing` before anything is changed,
 * `foreign` for version 1, and what the store throws
 */
export async function pruneRestic(
  repository: OpenRepository,
  options: PruneOptions = {},
): Promise<PrunePlan> {
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
  if (options.dryRun !== true) await applyPrune(indexed, plan, { ...options, namedTwice });
  return plan;
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
): Promise<void> {
  const repacked = plan.repack.map(({ id }) => id);
  await removePacks(repository, plan.unreferenced, options);
  if (repacked.length > 0) {
    const compressData = options.repackUncompressed ?? false;
    await copyBlobs(repository, repacked, plan.copies, { ...options, compressData });
  }
  const old = [...plan.remove, ...repacked];
  const drop = new Set([...old, ...plan.forget]);
  if (drop.size > 0 || options.namedTwice) await rewriteIndexes(repository, { ...options, drop });
  await removePacks(repository, old, options);
}

/** Removes packs, which no index names any more. */
export async function removePacks(
  { store }: OpenRepository,
  packs: readonly string[],
  options: StoreOptions & { readonly progress?: Progress | undefined },
): Promise<void> {
  const { progress = noProgress, signal } = options;
  let done = 0;
  await forEachConcurrent(packs, concurrency, async id => {
    await store.delete(keyOf('data', id), { signal });
    done++;
    progress({ phase: 'remove packs', done, total: packs.length, unit: 'items', current: keyOf('data', id) });
  });
}
