import type { Restore } from '#api/velero/restore.ts';
import { readRestore, readRestoreResourceList, readRestoreResults } from '#archive/stored/restores.ts';
import type { Results } from '#archive/stored/results.ts';
import { description, type Field } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import {
  choice,
  filterField,
  identityFields,
  itemsField,
  maybe,
  resourceListField,
  timingFields,
} from '../../velero/describe.ts';
import { gathered } from '../../velero/gathered.ts';
import { storedResults } from '../../velero/results.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { hookField, mappingField, tallyField } from './fields.ts';
import type { describe } from './table.ts';
import type { RestoredList } from './tally.ts';

interface Parts {
  readonly results: Results | undefined;
  readonly resourceList: RestoredList | undefined;
}

export const run: Handler<typeof describe> = async ({ args: [name = ''], flags }, context) => {
  const { store } = await context.location();
  const { signal } = context;
  const restore = await readRestore(store, name, { signal });
  const { parts, notes } = await gathered<Parts>({
    results: readRestoreResults(store, name, { signal }),
    resourceList: readRestoreResourceList(store, name, { signal }),
  });
  const fields = fieldsOf(restore, parts, context.clock.now());
  return description({
    data: { ...restore, ...parts },
    name: `restore.velero.io/${name}`,
    text: flags.details === true ? [...fields, ...resourceListField(parts.resourceList)] : fields,
    notes,
  });
};

function statusField(status: Restore['spec']['restoreStatus']): Field[] {
  if (!status) return [];
  const included = status.includedResources ?? [];
  const all = included.length === 0 || included.includes('*');
  return [
    { label: veleroTexts.statuses, value: all ? veleroTexts.allStatuses : included.join(', ') },
    ...maybe(veleroTexts.statusesOut, (status.excludedResources ?? []).join(', ')),
  ];
}

function fieldsOf(restore: Restore, parts: Partial<Parts>, now: Date): Field[] {
  const { spec, status } = restore;
  return [
    ...identityFields(restore),
    ...maybe(veleroTexts.backup, spec.backupName),
    ...maybe(veleroTexts.schedule, spec.scheduleName),
    filterField(spec),
    ...mappingField(restore),
    ...maybe(veleroTexts.existing, spec.existingResourcePolicy),
    ...choice(veleroTexts.restoreVolumes, spec.restorePVs),
    ...choice(veleroTexts.nodePorts, spec.preserveNodePorts),
    ...maybe(veleroTexts.modifier, spec.resourceModifier?.name),
    ...statusField(spec.restoreStatus),
    ...maybe(
      veleroTexts.hooks,
      (spec.hooks?.resources ?? []).map(hook => hook.name),
    ),
    ...timingFields(restore, now),
    ...itemsField(status?.progress?.itemsRestored, status?.progress?.totalItems),
    ...hookField(restore),
    ...(parts.resourceList === undefined ? [] : [tallyField(parts.resourceList)]),
    ...(parts.results === undefined ? [] : storedResults(parts.results)),
  ];
}
