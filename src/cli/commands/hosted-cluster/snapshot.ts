import { isHozonError } from '#foundation/errors.ts';
import { raise } from '#hosted-clusters/errors.ts';
import { keyNames } from '#hosted-clusters/snapshot/keys.ts';
import { preflight } from '#hosted-clusters/snapshot/preflight.ts';
import { snapshotProcedure } from '#hosted-clusters/snapshot/procedure.ts';
import { newSpoolId } from '#hosted-clusters/snapshot/spool.ts';
import type { SnapshotWork } from '#hosted-clusters/snapshot/work.ts';
import { formatKey } from '#kube/objects.ts';
import type { Journal } from '#steps/journal.ts';
import { isGoneOnWith, perform } from '#steps/perform.ts';
import { plan } from '#steps/plan.ts';
import type { Procedure } from '#steps/step.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { Outcome } from '../../output/outcome.ts';
import { type Handler, type Input, say } from '../../spec.ts';
import { keyTarget, snapshotTarget } from './places.ts';
import type { snapshot } from './snapshot-spec.ts';
import { plannedOutcome, takenOutcome } from './snapshot-view.ts';
import { stepNotes } from './step-notes.ts';
import { clusterWork, journalOf } from './work.ts';

export const run: Handler<typeof snapshot> = async (input, context) => {
  refuseContradictions(input.flags);
  const work = await workOf(input, context);
  const procedure = snapshotProcedure(work);
  const journal = journalOf(work, context);
  return input.flags.dryRun === true
    ? foresee(work, { procedure, journal, context })
    : take(work, { procedure, journal, context });
};

type SnapshotFlags = Input<(typeof snapshot)['flags']>['flags'];

/** @throws `cli.conflicting-flags` */
function refuseContradictions({ live, pauseNodePools, key, keyRepo }: SnapshotFlags): void {
  if (live === true && pauseNodePools === true)
    throw cliErrors.raise['conflicting-flags']({ flags: ['--live', '--pause-node-pools'] });
  if (key === false && keyRepo !== undefined)
    throw cliErrors.raise['conflicting-flags']({ flags: ['--no-key', '--key-repo'] });
}

async function workOf(input: Input<(typeof snapshot)['flags']>, context: Context): Promise<SnapshotWork> {
  const { args, flags } = input;
  const [name = '', given = ''] = args;
  const base = await clusterWork(name, flags, context);
  const { store, whereabouts } = await snapshotTarget(given, base.cluster, context);
  const { pausedUntil } = base.cluster;
  if (pausedUntil !== undefined && pausedUntil !== 'false') context.note(paused(pausedUntil));
  return {
    ...base,
    nodePools: flags.pauseNodePools ?? false,
    mode: flags.live === true ? 'live' : 'cold',
    target: { store, dated: flags.dated ?? false },
    keySink: await keySinkOf(flags, { snapshot: whereabouts, cluster: base.cluster }, context),
    spoolId: newSpoolId(),
    progress: context.progress,
  };
}

/** `undefined` where there is no key, or it is to be kept nowhere. @throws `hosted-cluster.key-nowhere` where neither is said */
async function keySinkOf(
  flags: SnapshotFlags,
  beside: Parameters<typeof keyTarget>[1],
  context: Context,
): Promise<SnapshotWork['keySink']> {
  const names = keyNames(beside);
  if (names.length === 0 || flags.key === false) return undefined;
  if (flags.keyRepo !== undefined) return keyTarget(flags, beside, context);
  throw raise['key-nowhere']({ cluster: formatKey(beside.cluster.key), secrets: names });
}

function paused(until: string) {
  return say(
    `The HostedCluster is paused already (${until}): somebody else, or a run that died, may be at work. What was there before stays.`,
    `HostedCluster はすでに一時停止中です (${until})。ほかの作業中か、中断した処理の可能性があります。元の状態は維持します。`,
  );
}

interface Run {
  readonly procedure: Procedure;
  readonly journal: Journal;
  readonly context: Context;
}

async function foresee(work: SnapshotWork, { procedure, journal, context }: Run): Promise<Outcome> {
  const { signal } = context;
  const left = await journal.load(signal);
  const found = left !== undefined && isGoneOnWith(left, procedure) ? left : undefined;
  if (left === undefined) {
    const nothing = () => undefined;
    const run = {
      signal,
      resultOf: nothing,
      memoryOf: nothing,
      report: nothing,
      note: context.note,
      confirm: async () => {},
    };
    await preflight(work, run, { writes: false });
  }
  return plannedOutcome(work, await plan(procedure, { found: found ?? left, signal }), left);
}

/** Where something could not be taken back, the command that does it later. */
async function untilUndone<T>(work: () => Promise<T>, name: string, { note }: Context): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (isHozonError(thrown, 'steps.undo-failed')) {
      const command = `hozon hosted-cluster undo ${name}`;
      note(
        say(
          `The hosted cluster ${name} is NOT what it was before. Run: ${command}`,
          `ホステッドクラスター ${name} は元の状態に戻っていません。次を実行してください: ${command}`,
        ),
      );
    }
    throw thrown;
  }
}

async function take(work: SnapshotWork, { procedure, journal, context }: Run): Promise<Outcome> {
  const { signal } = context;
  await using held = await journal.claim(signal);
  const name = formatKey(work.cluster.key);
  const performed = await untilUndone(
    () => perform(procedure, held, { signal, onEvent: stepNotes(context) }),
    name,
    context,
  );
  if (performed.end !== 'finished') {
    context.note(
      say('The hosted cluster is what it was before.', 'ホステッドクラスターは処理前と同じ状態です。'),
    );
    throw performed.failure;
  }
  return takenOutcome(work, performed.results);
}
