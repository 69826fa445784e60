import { setFlagsFromString } from 'node:v8';
import { isObjectName } from '#api/velero/names.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { type BackupOutcome, createBackup } from '#backup/create-backup.ts';
import { isAbort } from '#foundation/errors.ts';
import type { Context } from '../../context.ts';
import type { OpenedLocation } from '../../locations/location.ts';
import { description, type Field } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { phaseCell } from '../../velero/cells.ts';
import { itemsField, maybe, timingFields } from '../../velero/describe.ts';
import { readManifest } from '../../velero/manifest-file.ts';
import { nextNotes } from '../../velero/next.ts';
import { freshResults } from '../../velero/results.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { manifestText } from '../../velero/wanted.ts';
import { expiresField, hookField } from './fields.ts';
import { backupTexts } from './messages.ts';
import type { create } from './table.ts';
import { wantedBackup } from './wanted.ts';

export const run: Handler<typeof create> = async ({ args: [name], flags }, context) => {
  // A backup holds little at a time and makes much garbage; V8 would let more of that pile up than all the rest takes.
  setFlagsFromString('--optimize-for-size');
  if (flags.wait === false) context.note(veleroTexts.alwaysWaits);
  const manifest =
    flags.fromFile === undefined ? undefined : await readManifest(flags.fromFile, 'Backup', context);
  const wanted = wantedBackup(name, flags, manifest);
  const api = await context.cluster();
  const location = await openLocation(manifestText(manifest, 'storageLocation'), context);
  const outcome = await unlessStopped(wanted.metadata.name, location, context, async () =>
    createBackup(wanted, {
      api,
      store: location.store,
      locationName: recordedName(location),
      identity: await readRunIdentity(),
      clock: context.clock,
      progress: context.progress,
      signal: context.signal,
      veleroNamespace: await context.veleroNamespace(),
    }),
  );
  return shown(outcome, location, context);
};

/** The command line's location wins over the manifest's, and that over the default. */
async function openLocation(named: string | undefined, context: Context): Promise<OpenedLocation> {
  return context.location(context.globals.location === undefined ? named : undefined);
}

/** What Velero calls a location that has no name of its own; a URL can neither be a name nor a label. */
export function recordedName({ name }: OpenedLocation): string {
  return isObjectName(name) ? name : 'default';
}

/** Says of a run that was stopped whether something of it is left. */
export async function unlessStopped<T>(
  name: string,
  { store }: OpenedLocation,
  context: Context,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (isAbort(thrown) || context.signal.aborted) {
      const left = await leftOf(store, name);
      if (left === 'nothing') context.note(backupTexts.nothingLeft({ name }));
      if (left === 'something') context.note(backupTexts.left({ name }));
    }
    throw thrown;
  }
}

/** What is under a backup's name after its run was stopped. A whole backup is that of another run. */
async function leftOf(
  store: OpenedLocation['store'],
  name: string,
): Promise<'nothing' | 'something' | 'another'> {
  const folder = `backups/${name}/`;
  const keys: string[] = [];
  try {
    for await (const { key } of store.list(folder, { signal: AbortSignal.timeout(5000) })) keys.push(key);
  } catch {
    return 'something'; // it cannot be seen; the person is told what holds in either case
  }
  if (keys.includes(`${folder}velero-backup.json`)) return 'another';
  return keys.length === 0 ? 'nothing' : 'something';
}

/** What a person is told of a backup that was made. */
export function shown({ backup, report }: BackupOutcome, location: OpenedLocation, context: Context) {
  const { name } = backup.metadata;
  const now = context.clock.now();
  const phase = backup.status?.phase;
  const fields: Field[] = [
    { label: veleroTexts.backup, value: name },
    { label: veleroTexts.phase, value: phaseCell(phase) },
    { label: veleroTexts.location, value: location.name },
    ...maybe(veleroTexts.namespaces, (backup.spec?.includedNamespaces ?? []).join(', ')),
    ...itemsField(backup.status?.progress?.itemsBackedUp, backup.status?.progress?.totalItems),
    ...hookField(backup),
    ...timingFields(backup, now).slice(-1),
    ...expiresField(backup, now),
    ...freshResults(report.findings),
  ];
  return description({
    data: backup,
    name: `backup.velero.io/${name}`,
    text: fields,
    notes: nextNotes(
      context,
      { purpose: backupTexts.seeIt, words: `backup describe ${name}` },
      phase === 'Completed'
        ? { purpose: backupTexts.restoreIt, words: `restore create --from-backup ${name}` }
        : { purpose: veleroTexts.findOut, words: `backup logs ${name}` },
    ),
    ...(phase === 'Completed' ? {} : { exit: 'partial' as const }),
  });
}
