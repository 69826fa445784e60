import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { isDamage } from '../../checking/check-finding.ts';
import { raise } from '../../errors.ts';
import type { KopiaIdentity } from '../access/identity.ts';
import { type IndexedKopia, loadContents } from '../access/indexed.ts';
import type { OpenKopia } from '../access/open.ts';
import { isWhole } from '../checking/pack-verifier.ts';
import { Ledger } from '../writing/ledger.ts';
import { moveContents } from './moving-contents.ts';
import { removeBlobs, type Undeleted } from './remove-blobs.ts';

export interface GiveUpOptions extends StoreOptions {
  readonly identity: KopiaIdentity;
  readonly dryRun?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly progress?: Progress | undefined;
}

/** What became of the contents of packs that were given up. */
export interface GivenUp {
  readonly packs: readonly string[];
  /** Contents that were moved to other packs. */
  readonly saved: number;
  /** Contents that cannot be read, by their ids. */
  readonly lost: readonly string[];
  /** Those packs that are still there, and why. Nothing is read from them any more. */
  readonly undeleted: readonly Undeleted[];
}

/**
 * Saves what can be read of damaged packs in other ones, and removes them. What cannot be read is marked deleted: what uses it is mended
 * by repairing the snapshots.
 *
 * @throws `repository.pack-not-found` for a pack that is neither there nor in an index
 */
export async function giveUpPacks(
  open: OpenKopia,
  ids: readonly string[],
  options: GiveUpOptions,
): Promise<GivenUp> {
  const { signal, progress = noProgress, dryRun = false } = options;
  const repository = await loadContents(open, { signal });
  const ledger = new Ledger(repository, options);
  const given = { packs: ids, undeleted: [] };
  const lost: string[] = [];
  let saved = 0;
  for (const [done, id] of ids.entries()) {
    const { whole, broken } = await sortOut(repository, id, signal);
    saved += whole.length;
    lost.push(...broken.map(content => repository.index.id(content)));
    progress({ phase: 'save', done, total: ids.length, unit: 'items', current: id });
    if (dryRun) continue;
    await moveContents(repository, whole, ledger, { signal });
    for (const content of broken) await ledger.deleted(repository.index.id(content));
  }
  if (dryRun) return { ...given, saved, lost };
  await ledger.commit({ signal });
  const undeleted = await removeBlobs(repository.blobs, ids, { atOnce: 1, signal });
  return { ...given, saved, lost, undeleted };
}

/** The numbers of a pack's contents, those that can be read and the others. */
async function sortOut(
  repository: IndexedKopia,
  pack: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly whole: readonly number[]; readonly broken: readonly number[] }> {
  const { index, blobs, store } = repository;
  const number = index.packs.indexOf(pack);
  const contents = Array.from(index.numbersByPack()[number] ?? []);
  if (contents.length === 0 && (await blobs.head(pack, { signal })) === undefined) {
    throw raise['pack-not-found']({ url: store.url, id: pack });
  }
  const whole: number[] = [];
  const broken: number[] = [];
  for (const content of contents.sort((a, b) => index.offset(a) - index.offset(b))) {
    ((await canBeRead(repository, content, signal)) ? whole : broken).push(content);
  }
  return { whole, broken };
}

async function canBeRead(
  repository: IndexedKopia,
  content: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const entry = repository.index.entry(content);
  const { pack, offset, length } = entry;
  try {
    return isWhole(repository, entry, await repository.blobs.range(pack, { offset, length }, { signal }));
  } catch (thrown) {
    if (isDamage(thrown) || isHozonError(thrown, 'storage.truncated')) return false;
    throw thrown;
  }
}
