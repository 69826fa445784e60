import { type BackupPlan, planBackup } from '#backup/plan/plan.ts';
import { backupRoles } from '#backup/plan/roles.ts';
import type { Context } from '../../context.ts';
import { description, listing, type Outcome } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { readManifest } from '../../velero/manifest-file.ts';
import { rolesOutcome } from '../../velero/roles.ts';
import { manifestName } from '../../velero/wanted.ts';
import { planColumns, planFields, rowsOf } from './plan-fields.ts';
import type { plan } from './plan-flags.ts';
import { planTexts } from './plan-messages.ts';
import { wantedBackup } from './wanted.ts';

export const run: Handler<typeof plan> = async ({ args: [name], flags }, context) => {
  const manifest =
    flags.fromFile === undefined ? undefined : await readManifest(flags.fromFile, 'Backup', context);
  const called = name ?? manifestName(manifest) ?? 'plan';
  const wanted = wantedBackup(called, { ...flags, wait: undefined }, manifest);
  const planned = await planBackup(wanted, {
    api: await context.cluster(),
    clock: context.clock,
    progress: context.progress,
    signal: context.signal,
    veleroNamespace: await context.veleroNamespace(),
  });
  return flags.rbac === true ? rolesOutcome(backupRoles(planned), context) : shown(planned, context);
};

function shown(planned: BackupPlan, { globals }: Context): Outcome {
  if (globals.output === 'name' || globals.output === 'wide') {
    const rows = rowsOf(planned);
    const items = globals.output === 'name' ? rows.filter(({ objects }) => objects > 0) : rows;
    return listing({ items, columns: planColumns, name: ({ resource }) => resource });
  }
  return description({
    data: dataOf(planned),
    name: `backupplan/${planned.backup.metadata.name}`,
    text: planFields(planned),
    notes: globals.quiet === true ? [] : [planTexts.untouched],
  });
}

/** Findings in English, as they are stored. */
function dataOf(plan: BackupPlan): unknown {
  const findings = plan.findings.map(({ text, ...rest }) => ({ ...rest, message: text.en() }));
  return { kind: 'BackupPlan', version: 1, ...plan, findings };
}
