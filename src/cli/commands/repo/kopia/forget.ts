import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { formatTime } from '#repository/format/go-time.ts';
import { type IndexedKopia, refreshContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { removeKopiaSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import {
  type ExpiryGroup,
  expireByPolicies,
  expireByRules,
  keepingVelero,
} from '#repository/kopia/upkeep/expire.ts';
import type { MaintenanceReport } from '#repository/kopia/upkeep/maintain.ts';
import { refuseVelero } from '#repository/kopia/velero/own-snapshots.ts';
import { localZone } from '#repository/retention/moment.ts';
import { isEmptyPolicy } from '#repository/retention/policy.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { type Cell, description, type Outcome } from '../../../output/outcome.ts';
import { reasonOf } from '../../../reason.ts';
import { type Handler, say } from '../../../spec.ts';
import { shortId } from '../forget-view.ts';
import { groupByOf, policyOf } from '../policy.ts';
import type { forget } from '../specs/forget.ts';
import { chooseKopiaSnapshots, isMeant } from './choose.ts';
import { maintainFully, maintenanceExtras, maintenanceFields } from './maintaining.ts';
import { indexedKopia } from './open.ts';
import { snapshotData } from './snapshots.ts';
import { identityIn } from './who.ts';

type Input = Parameters<Handler<typeof forget>>[0];

export const run: Handler<typeof forget> = async (input, context) => {
  const { args, flags } = input;
  const policy = policyOf(flags);
  const rules = [...Object.keys(policy.counts), ...Object.keys(policy.within), ...policy.tags];
  if (args.length > 0 && rules.length > 0) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['SNAPSHOTS', '--keep-…'] });
  }
  const repository = await indexedKopia(flags, context);
  const planned = await plan(repository, input, context);
  const ids = planned.groups.flatMap(({ remove }) => remove.map(({ id }) => id));
  if (flags.dryRun === true || ids.length === 0) return outcome(planned, input, undefined);
  if (flags.confirm !== true) await context.confirm(question(ids, repository.store.url), '--confirm');
  const { clock, signal } = context;
  const identity = await identityIn(flags, context);
  // What others wrote while the question was open must not be taken for absent.
  const current = await refreshContents(repository, { clock, signal });
  await removeKopiaSnapshots(current, ids, { identity, clock, signal });
  if (flags.prune !== true) return outcome(planned, input, undefined);
  const report = await maintainFully(repository, { identity, safety: 'full' }, context);
  return outcome(planned, input, report);
};

interface Planned {
  readonly groups: readonly ExpiryGroup[];
  readonly damaged: readonly Message[];
}

/** Without snapshots and rules, what the repository's own policies say counts. */
async function plan(repository: IndexedKopia, { args, flags }: Input, context: Context): Promise<Planned> {
  const { clock, signal } = context;
  if (args.length > 0) {
    const remove = await chooseKopiaSnapshots(repository, { ids: args, flags, signal }, context);
    refuseVelero(remove, { url: repository.store.url, allowVelero: flags.unsafeAllowVelero });
    return { groups: [{ name: '', keep: [], remove }], damaged: [] };
  }
  const damaged: Message[] = [];
  const manifests = await loadManifests(repository, { signal });
  const all = await listKopiaSnapshots(repository, {
    signal,
    manifests,
    onDamage: (_, thrown) => damaged.push(leftAlone(thrown)),
  });
  const meant = all.filter(each => isMeant(each, flags, context));
  const policy = policyOf(flags);
  const calendar = { now: BigInt(clock.now().getTime()) * 1_000_000n, zone: localZone };
  const groups = isEmptyPolicy(policy)
    ? expireByPolicies(meant, { manifests, zone: localZone })
    : expireByRules(meant, { policy, groupBy: groupByOf(flags), calendar });
  return { groups: flags.unsafeAllowVelero === true ? groups : groups.map(keepingVelero), damaged };
}

function leftAlone(thrown: HozonError): Message {
  const reason = reasonOf(thrown);
  return say(`Left alone: ${reason.en()}`, `対象から除外しました: ${reason.ja()}`);
}

function outcome(
  { groups, damaged }: Planned,
  { flags }: Input,
  pruned: MaintenanceReport | undefined,
): Outcome {
  const { exit, notes = [] } = pruned === undefined ? {} : maintenanceExtras(pruned);
  const compact = flags.compact === true;
  const fields = groups.map(({ name, keep, remove }) => ({
    label: name,
    lines: [
      ...keep.map(({ snapshot, reasons }) => keptLine(snapshot, compact ? [] : reasons)),
      ...remove.map(removedLine),
    ],
  }));
  return description({
    data: groups.map(groupData),
    name: groups.flatMap(({ remove }) => remove.map(({ id }) => id)).join('\n'),
    text:
      groups.length === 0
        ? say('There are no such snapshots.', '該当するスナップショットはありません。')
        : [...fields, ...(pruned === undefined ? [] : maintenanceFields(pruned))],
    notes: [...damaged, ...notes],
    ...(damaged.length === 0 && exit === undefined ? {} : { exit: 'partial' as const }),
  });
}

function groupData({ name, keep, remove }: ExpiryGroup): unknown {
  return {
    source: name,
    keep: keep.map(({ snapshot, reasons }) => ({ ...snapshotData(snapshot), reasons })),
    remove: remove.map(snapshotData),
  };
}

function keptLine(stored: StoredKopiaSnapshot, reasons: readonly string[]): Cell {
  const which = [nameOf(stored), reasons.join(', ')].filter(each => each !== '').join('  ');
  return say(`keep    ${which}`, `保持  ${which}`);
}

function removedLine(stored: StoredKopiaSnapshot): Cell {
  const which = nameOf(stored);
  return { text: say(`remove  ${which}`, `削除  ${which}`), tone: 'warn' };
}

function nameOf({ id, snapshot }: StoredKopiaSnapshot): string {
  return `${shortId(id)}  ${formatTime(snapshot.startTime).replace(/\.\d+/, '')}`;
}

/** How many ids a question holds. */
const mostIds = 20;

function question(ids: readonly string[], url: string): Message {
  const shown = ids.slice(0, mostIds).map(shortId).join(', ');
  const more = ids.length - mostIds;
  return say(
    `To be removed from ${url}: ${ids.length} snapshots: ${shown}${more > 0 ? ` and ${more} more` : ''}`,
    `${url} から ${ids.length} 個のスナップショットが削除されます: ${shown}${more > 0 ? ` 他 ${more} 個` : ''}`,
  );
}
