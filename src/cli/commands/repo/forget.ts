import type { HozonError } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { requireWritable } from '#repository/restic/access/save.ts';
import {
  type ForgetGroup,
  type ForgetRequest,
  planForget,
} from '#repository/restic/retention/plan-forget.ts';
import { removeSnapshots } from '#repository/restic/retention/remove-snapshots.ts';
import type { Pruned } from '#repository/restic/upkeep/prune.ts';
import { localZone } from '#repository/retention/moment.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { description, type Outcome } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import { type Handler, say } from '../../spec.ts';
import { abandonedNotes } from './abandoned.ts';
import { filterOf } from './filter.ts';
import { forgetFields, groupData, shortId } from './forget-view.ts';
import { lockFor, openRepository } from './open.ts';
import { groupByOf, policyOf } from './policy.ts';
import type { forget } from './specs/forget.ts';
import { undeletedNotes } from './undeleted.ts';

type Input = Parameters<Handler<typeof forget>>[0];

export const run: Handler<typeof forget> = async (input, context) => {
  const request = requestOf(input, context);
  const repository = await openRepository(input.flags, context);
  const work = { repository, request, input, context };
  return input.flags.dryRun === true ? preview(work) : remove(work);
};

interface Work {
  readonly repository: OpenRepository;
  readonly request: ForgetRequest;
  readonly input: Input;
  readonly context: Context;
}

function requestOf({ args, flags }: Input, context: Context): ForgetRequest {
  if (flags.lock === false && flags.dryRun !== true) {
    throw cliErrors.raise['missing-flag']({ flags: ['--dry-run'] });
  }
  const policy = policyOf(flags);
  const rules = [...Object.keys(policy.counts), ...Object.keys(policy.within), ...policy.tags];
  if (args.length > 0 && rules.length > 0) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['SNAPSHOTS', '--keep-…'] });
  }
  return {
    ids: args,
    filter: filterOf(flags, context),
    policy,
    groupBy: groupByOf(flags),
    allowRemoveAll: flags.unsafeAllowRemoveAll,
  };
}

interface Planned {
  readonly groups: readonly ForgetGroup[];
  readonly damaged: readonly Message[];
}

async function planned({ repository, request, context }: Work, signal: AbortSignal): Promise<Planned> {
  const damaged: Message[] = [];
  const groups = await planForget(repository, request, {
    now: BigInt(context.clock.now().getTime()) * 1_000_000n,
    zone: localZone,
    signal,
    onDamage: (_, thrown) => damaged.push(leftAlone(thrown)),
  });
  return { groups, damaged };
}

async function preview(work: Work): Promise<Outcome> {
  const { repository, input, context } = work;
  const { flags } = input;
  const signal = await lockFor(repository, flags, { context, use: 'read' });
  const { groups, damaged } = await planned(work, signal);
  const ids = idsToRemove(groups);
  const notes = [...damaged];
  if (flags.prune === true && ids.length > 0) {
    const ignoreSnapshots = new Set(ids);
    notes.push(pruneNote(await prune(work, { dryRun: true, ignoreSnapshots, signal }), true));
  }
  return outcome(work, groups, { notes, failed: new Map(), partial: damaged.length > 0 });
}

/** Removes only what was also to be removed when it was asked about: what others did meanwhile is not decided upon. */
async function remove(work: Work): Promise<Outcome> {
  const { repository, input, context } = work;
  const { flags } = input;
  requireWritable(repository);
  const asked = flags.confirm === true ? undefined : await askAbout(work);
  if (asked?.size === 0) return outcome(work, (await planned(work, context.signal)).groups, nothingHappened);
  const signal = await lockFor(repository, flags, { context, use: 'exclusive' });
  const { groups, damaged } = await planned(work, signal);
  const ids = idsToRemove(groups).filter(id => asked === undefined || asked.has(id));
  const failed = await removeSnapshots(repository, ids, { signal, progress: context.progress });
  let partial = damaged.length > 0;
  const notes = [...damaged, ...[...failed].map(([id, thrown]) => notRemoved(id, thrown))];
  if (flags.prune === true && ids.length > failed.size) {
    const pruned = await prune(work, { dryRun: false, signal });
    notes.push(pruneNote(pruned, false), ...abandonedNotes(pruned), ...undeletedNotes(pruned.undeleted));
    partial ||= pruned.undeleted.length > 0 || pruned.notAbandoned.length > 0;
  }
  return outcome(work, groups, { notes, failed, partial });
}

/** The ids that a yes was given for. */
async function askAbout(work: Work): Promise<ReadonlySet<string>> {
  const ids = idsToRemove((await planned(work, work.context.signal)).groups);
  if (ids.length > 0) await work.context.confirm(question(ids, work.repository.store.url), '--confirm');
  return new Set(ids);
}

function idsToRemove(groups: readonly ForgetGroup[]): readonly string[] {
  return groups.flatMap(({ remove: each }) => each.map(({ id }) => id));
}

async function prune(
  { repository, context }: Work,
  options: {
    readonly dryRun: boolean;
    readonly ignoreSnapshots?: ReadonlySet<string>;
    readonly signal: AbortSignal;
  },
): Promise<Pruned> {
  const { pruneRestic } = await import('#repository/restic/upkeep/prune.ts');
  const { progress, clock } = context;
  return pruneRestic(repository, { ...options, progress, clock });
}

interface Ending {
  readonly notes: readonly Message[];
  readonly failed: ReadonlyMap<string, HozonError>;
  /** Whether something was left alone that could not be judged. */
  readonly partial: boolean;
}

const nothingHappened: Ending = { notes: [], failed: new Map(), partial: false };

function outcome(
  { input }: Work,
  groups: readonly ForgetGroup[],
  { notes, failed, partial }: Ending,
): Outcome {
  const ids = idsToRemove(groups);
  const exit = failed.size > 0 && failed.size === ids.length ? 'failed' : 'partial';
  return description({
    data: groups.map(groupData),
    name: ids.join('\n'),
    text:
      groups.length === 0
        ? noneChosen
        : forgetFields(groups, { failed, compact: input.flags.compact === true }),
    notes,
    ...(failed.size > 0 || partial ? { exit } : {}),
  });
}

const noneChosen = say('There are no such snapshots.', '該当するスナップショットはありません。');

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

function leftAlone(thrown: HozonError): Message {
  const reason = reasonOf(thrown);
  return say(`Left alone: ${reason.en()}`, `対象から除外しました: ${reason.ja()}`);
}

function notRemoved(id: string, thrown: HozonError): Message {
  const reason = reasonOf(thrown);
  return say(`${id} was not removed: ${reason.en()}`, `${id} を削除できませんでした: ${reason.ja()}`);
}

function pruneNote(pruned: Pruned, dryRun: boolean): Message {
  const freed = formatBytes(pruned.freedBytes);
  return dryRun
    ? say(`Pruning would free ${freed}.`, `データの整理により ${freed} が解放されます。`)
    : say(`Pruning freed ${freed}.`, `データの整理により ${freed} を解放しました。`);
}
