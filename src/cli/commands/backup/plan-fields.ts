import { leftOutReasons } from '#backup/plan/left-out.ts';
import type { BackupPlan } from '#backup/plan/plan.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Column, Field } from '../../output/outcome.ts';
import { freshResults } from '../../velero/results.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { volumeField } from './fields.ts';
import { planTexts } from './plan-messages.ts';

/** The plan as a person reads it: what is taken by type, what is not and why, hooks, volumes, findings. */
export function planFields(plan: BackupPlan): Field[] {
  const objects = plan.types.reduce((sum, each) => sum + each.objects, 0);
  const bytes = plan.types.reduce((sum, each) => sum + each.bytes, 0);
  return [
    { label: veleroTexts.backup, value: plan.backup.metadata.name },
    {
      label: planTexts.wouldTake,
      value: planTexts.objects({ objects, size: formatBytes(bytes) }),
      fields: plan.types.map(each => ({
        label: each.resource,
        value: planTexts.objects({ objects: each.objects, size: formatBytes(each.bytes) }),
      })),
    },
    { label: planTexts.leftOut, fields: leftOutFields(plan) },
    ...commandFields(plan),
    ...volumeField(plan.volumes),
    ...freshResults(plan.findings),
  ];
}

function leftOutFields({ leftOut }: BackupPlan): Field[] {
  const fields = leftOutReasons.flatMap((reason): Field[] => {
    const each = leftOut.filter(entry => entry.reason === reason);
    if (each.length === 0) return [];
    const total = each.reduce((sum, { objects = 0 }) => sum + objects, 0);
    const lines = each.map(({ resource, objects }) =>
      objects === undefined ? resource : `${resource} ${objects}`,
    );
    const value = total === 0 ? planTexts.unknown : planTexts.counted(total);
    return [{ label: planTexts.reason(reason), value, lines: [lines.join(', ')] }];
  });
  return fields.length === 0 ? [{ label: planTexts.none }] : fields;
}

function commandFields({ commands }: BackupPlan): Field[] {
  if (commands.length === 0) return [];
  const lines = commands.map(
    ({ namespace, pod, container, command }) => `${namespace}/${pod} (${container}): ${command.join(' ')}`,
  );
  return [{ label: planTexts.commands, value: planTexts.counted(commands.length), lines }];
}

export interface TypeRow {
  readonly resource: string;
  readonly objects: number;
  readonly bytes: number;
  readonly left: string;
}

/** A type a row, with what is taken and what is left out of it. */
export function rowsOf({ types, leftOut }: BackupPlan): TypeRow[] {
  const names = new Set([...types, ...leftOut].map(({ resource }) => resource));
  return [...names].sort().map(resource => {
    const taken = types.find(each => each.resource === resource);
    const left = leftOut
      .filter(each => each.resource === resource)
      .map(({ reason, objects }) => `${reason} ${objects ?? '?'}`);
    return { resource, objects: taken?.objects ?? 0, bytes: taken?.bytes ?? 0, left: left.join(', ') };
  });
}

export const planColumns: readonly Column<TypeRow>[] = [
  { header: planTexts.resource, cell: ({ resource }) => resource },
  { header: planTexts.count, cell: ({ objects }) => String(objects), align: 'right' },
  { header: planTexts.size, cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
  { header: planTexts.left, cell: ({ left }) => left },
];
