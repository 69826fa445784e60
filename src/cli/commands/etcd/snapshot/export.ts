import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { createBackup } from '#backup/create-backup.ts';
import { readerApi } from '#kube/reader-api.ts';
import type { UnreadValue } from '#kube/resource-reader.ts';
import { cliErrors } from '../../../errors.ts';
import type { Handler } from '../../../spec.ts';
import { recordedName, shown, unlessStopped } from '../../backup/create.ts';
import { wantedBackup } from '../../backup/wanted.ts';
import { annotationOf, snapshotAnnotation } from './annotation.ts';
import type { exported } from './export-spec.ts';
import { openObjects } from './open.ts';

export const run: Handler<typeof exported> = async ({ args: [file = ''], flags }, context) => {
  const { backup: name, revision } = flags;
  if (name === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--backup'] });
  const annotations = {
    ...flags.annotations,
    [snapshotAnnotation]: annotationOf(file, revision, context.env),
  };
  const none = {
    fromFile: undefined,
    wait: undefined,
    orderedResources: undefined,
    resourcePoliciesConfigmap: undefined,
  };
  const wanted = wantedBackup(name, { ...flags, ...none, annotations }, undefined);
  const unread = new Map<string, UnreadValue>();
  const reader = await openObjects(file, flags, context, value => unread.set(value.key, value));
  const location = await context.location();
  const outcome = await unlessStopped(name, location, context, async () =>
    createBackup(wanted, {
      api: readerApi(reader),
      store: location.store,
      locationName: recordedName(location),
      identity: await readRunIdentity(),
      clock: context.clock,
      progress: context.progress,
      signal: context.signal,
      veleroNamespace: await context.veleroNamespace(),
      withoutHooks: true,
      unread: () => unread.values(),
    }),
  );
  return shown(outcome, location, context);
};
