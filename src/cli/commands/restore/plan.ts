import { formatKey } from '#kube/objects.ts';
import { planRestore } from '#restore/plan/make.ts';
import type { PlannedItem, RestorePlan } from '#restore/plan/plan.ts';
import { restoreRoles } from '#restore/plan/roles.ts';
import type { Context } from '../../context.ts';
import { description, listing, type Outcome } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { readManifest } from '../../velero/manifest-file.ts';
import { rolesOutcome } from '../../velero/roles.ts';
import { sourceOf, withSnapshot } from './from-snapshot.ts';
import { planColumns, planFields } from './plan-fields.ts';
import type { plan } from './plan-flags.ts';
import { planTexts } from './plan-messages.ts';
import { wantedRestore } from './wanted.ts';

export const run: Handler<typeof plan> = async ({ args: [name], flags }, context) => {
  const manifest =
    flags.fromFile === undefined ? undefined : await readManifest(flags.fromFile, 'Restore', context);
  const asked = { name, flags: { ...flags, wait: undefined }, manifest, now: context.clock.now() };
  const wanted = withSnapshot(wantedRestore(asked), flags, context.env);
  const veleroNamespace = await context.veleroNamespace();
  const planned = await planRestore(wanted, {
    api: await context.cluster(),
    source: await sourceOf(flags, context),
    progress: context.progress,
    signal: context.signal,
    veleroNamespace,
  });
  if (flags.rbac === true) return rolesOutcome(restoreRoles(planned, { veleroNamespace }), context);
  return shown(planned, flags.details === true, context);
};

function shown(planned: RestorePlan, details: boolean, context: Context): Outcome {
  const { output } = context.globals;
  const name = ({ resource, ...key }: PlannedItem): string => `${resource}/${formatKey(key)}`;
  if (output === 'name' || output === 'wide') {
    const items = output === 'name' ? planned.items.filter(isWritten) : planned.items;
    return listing({ items, columns: planColumns, name, empty: planTexts.empty });
  }
  return description({
    data: planned,
    name: `restoreplan/${planned.restore.metadata.name}`,
    text: planFields(planned, details),
    notes: details || context.globals.quiet === true ? [] : [planTexts.seeAll],
  });
}

/** With `-o name`: what the restore would write. */
function isWritten({ action }: PlannedItem): boolean {
  return action === 'create' || action === 'update' || action === 'merge';
}
