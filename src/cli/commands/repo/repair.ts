import { raise } from '#repository/errors.ts';
import { idsIn } from '#repository/restic/access/files.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { isId } from '#repository/restic/format/ids.ts';
import { repairIndex } from '#repository/restic/upkeep/repair-index.ts';
import { repairPacks } from '#repository/restic/upkeep/repair-packs.ts';
import { repairSnapshots } from '#repository/restic/upkeep/repair-snapshots.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { Outcome } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { lockedRepository } from './open.ts';
import { indexOutcome, packsOutcome, snapshotsOutcome } from './repair-view.ts';
import type { repair } from './specs/upkeep.ts';

type Input = Parameters<Handler<typeof repair>>[0];

interface Work {
  readonly repository: OpenRepository;
  readonly ids: readonly string[];
  readonly flags: Input['flags'];
  readonly context: Context;
  readonly signal: AbortSignal;
}

export const run: Handler<typeof repair> = async ({ args, flags }, context) => {
  const [what = '', ...ids] = args;
  refuseUnfitting(what, ids, flags);
  const { repository, signal } = await lockedRepository({ ...flags, cache: false }, context, 'exclusive');
  const work = { repository, ids, flags, context, signal };
  if (what === 'index') return index(work);
  return what === 'packs' ? packs(work) : snapshots(work);
};

function refuseUnfitting(what: string, ids: readonly string[], flags: Input['flags']): void {
  const conflict = (other: string) => cliErrors.raise['conflicting-flags']({ flags: [what, other] });
  if (what !== 'index' && flags.readAllPacks === true) throw conflict('--read-all-packs');
  if (what !== 'snapshots' && flags.forget === true) throw conflict('--forget');
  if (what === 'index' && ids.length > 0) throw conflict('IDS');
  if (what !== 'packs') return;
  if (ids.length === 0) {
    throw cliErrors.raise['missing-argument']({ argument: 'IDS', help: 'hozon repo repair --help' });
  }
  for (const given of ids) {
    if (!isId(given)) throw cliErrors.raise['bad-value']({ flag: 'IDS', given, expected: '64 × 0-9a-f' });
  }
}

async function index({ repository, flags, context: { progress }, signal }: Work): Promise<Outcome> {
  const { readAllPacks = false, dryRun = false } = flags;
  return indexOutcome(await repairIndex(repository, { readAllPacks, dryRun, progress, signal }), dryRun);
}

async function packs({ repository, ids, flags, context: { progress }, signal }: Work): Promise<Outcome> {
  const { dryRun = false } = flags;
  return packsOutcome(await repairPacks(repository, ids, { dryRun, progress, signal }));
}

async function snapshots({ repository, ids, flags, signal }: Work): Promise<Outcome> {
  const { dryRun = false, forget = false } = flags;
  const chosen = ids.length === 0 ? undefined : await wholeIds(repository, ids, signal);
  return snapshotsOutcome(await repairSnapshots(repository, { snapshots: chosen, forget, dryRun, signal }));
}

/** By the names of their files: what is damaged must be found, too. */
async function wholeIds(
  { store }: OpenRepository,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { url } = store;
  const all = await Array.fromAsync(idsIn(store, 'snapshots', { signal }), ({ id }) => id);
  return wanted.map(beginning => {
    const [id, ...others] = all.filter(each => each.startsWith(beginning));
    if (id === undefined) throw raise['snapshot-not-found']({ url, id: beginning });
    if (others.length === 0) return id;
    throw raise['snapshot-ambiguous']({ url, id: beginning, count: others.length + 1 });
  });
}
