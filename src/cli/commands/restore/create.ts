import type { Restore } from '#api/velero/restore.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { readRestore, readRestoreResourceList } from '#archive/stored/restores.ts';
import { isAbort } from '#foundation/errors.ts';
import { createRestore, type RestoreOutcome } from '#restore/create-restore.ts';
import type { RestorePlan } from '#restore/plan/plan.ts';
import { readPlan } from '#restore/plan/saved.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { OpenedLocation } from '../../locations/location.ts';
import { description, type Field, type Outcome } from '../../output/outcome.ts';
import type { FlagValues, Handler } from '../../spec.ts';
import { phaseCell } from '../../velero/cells.ts';
import { timingFields } from '../../velero/describe.ts';
import { gathered } from '../../velero/gathered.ts';
import { readInput } from '../../velero/input-file.ts';
import { readManifest } from '../../velero/manifest-file.ts';
import { nextCommand, nextNotes } from '../../velero/next.ts';
import { freshResults } from '../../velero/results.ts';
import { flagsGiven } from '../../velero/spec-flags.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { createFlags } from './create-flags.ts';
import { hookField, mappingField, tallyField } from './fields.ts';
import { snapshotFlags, sourceOf, withSnapshot } from './from-snapshot.ts';
import { restoreTexts } from './messages.ts';
import { namingLocation, recordLocation } from './record-location.ts';
import type { create } from './table.ts';
import type { RestoredList } from './tally.ts';
import { wantedRestore } from './wanted.ts';

export const run: Handler<typeof create> = async ({ args: [name], flags }, context) => {
  if (flags.wait === false) context.note(veleroTexts.alwaysWaits);
  const { wanted, plan } = await askedFor(name, flags, context);
  const api = await context.cluster();
  const source = await sourceOf(flags, context);
  const location = await recordLocation(flags, context);
  const there = namingLocation(location, context);
  const outcome = await unlessStopped(wanted.metadata.name, location, there, async () =>
    createRestore(wanted, {
      api,
      source,
      store: location.store,
      identity: await readRunIdentity(),
      clock: context.clock,
      progress: context.progress,
      signal: context.signal,
      veleroNamespace: await context.veleroNamespace(),
      plan,
    }),
  );
  return shown(outcome, location, there);
};

interface Asked {
  readonly wanted: Restore;
  readonly plan?: RestorePlan;
}

/** What the flags ask for, or what a saved plan does, with which no other flag goes. */
async function askedFor(name: string | undefined, flags: Given, context: Context): Promise<Asked> {
  if (flags.plan === undefined) {
    const manifest =
      flags.fromFile === undefined ? undefined : await readManifest(flags.fromFile, 'Restore', context);
    const wanted = wantedRestore({ name, flags, manifest, now: context.clock.now() });
    return { wanted: withSnapshot(wanted, flags, context.env) };
  }
  const others = flagsGiven(
    flags,
    Object.keys(createFlags).filter(key => !besidePlan.has(key)),
  );
  if (others.length > 0) throw cliErrors.raise['conflicting-flags']({ flags: ['--plan', ...others] });
  const plan = readPlan(await readInput(flags.plan, context), flags.plan === '-' ? 'stdin' : flags.plan);
  const metadata = { ...plan.restore.metadata, name: name ?? plan.restore.metadata.name };
  return { wanted: withSnapshot({ ...plan.restore, metadata }, flags, context.env), plan };
}

/** What a saved plan does not say. */
const besidePlan: ReadonlySet<string> = new Set(['wait', ...snapshotFlags]);

type Given = FlagValues<(typeof create)['flags']>;

/** Says of a restore that was stopped after it had begun what that means. */
async function unlessStopped<T>(
  name: string,
  { store }: OpenedLocation,
  context: Context,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (isAbort(thrown) || context.signal.aborted) {
      const begun = await readRestore(store, name, { signal: AbortSignal.timeout(5000) }).catch(
        () => undefined,
      );
      if (begun !== undefined) {
        const command = nextCommand(`restore describe ${name}`, context);
        context.note(restoreTexts.stopped({ name, command }));
      }
    }
    throw thrown;
  }
}

async function shown(
  { restore, report }: RestoreOutcome,
  { store }: OpenedLocation,
  context: Context,
): Promise<Outcome> {
  const { name } = restore.metadata;
  const phase = restore.status?.phase;
  const { parts, notes } = await gathered<{ list: RestoredList | undefined }>({
    list: readRestoreResourceList(store, name, { signal: context.signal }),
  });
  const fields: Field[] = [
    { label: veleroTexts.restore, value: name },
    { label: veleroTexts.phase, value: phaseCell(phase) },
    { label: veleroTexts.backup, value: restore.spec.backupName ?? '' },
    ...mappingField(restore),
    ...timingFields(restore, context.clock.now()).slice(-1),
    tallyField(parts.list ?? {}),
    ...hookField(restore),
    ...freshResults(report.findings),
  ];
  return description({
    data: restore,
    name: `restore.velero.io/${name}`,
    text: fields,
    notes: [
      ...notes,
      ...nextNotes(
        context,
        phase === 'Completed'
          ? { purpose: restoreTexts.seeIt, words: `restore describe ${name} --details` }
          : { purpose: veleroTexts.findOut, words: `restore logs ${name}` },
      ),
    ],
    ...(phase === 'Completed' ? {} : { exit: 'partial' as const }),
  });
}
