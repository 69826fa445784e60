import type { StoredBackup } from '#api/velero/backup.ts';
import {
  readBackup,
  readBackupResourceList,
  readBackupResults,
  readBackupVolumeInfos,
} from '#archive/stored/backups.ts';
import type { Results } from '#archive/stored/results.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
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
import { expiresField, hookField, hookSpecField, policyField, volumeField } from './fields.ts';
import type { describe } from './table.ts';

interface Parts {
  readonly results: Results | undefined;
  readonly volumes: readonly VolumeInfo[] | undefined;
  readonly resourceList: Readonly<Record<string, readonly string[]>> | undefined;
}

export const run: Handler<typeof describe> = async ({ args: [name = ''], flags }, context) => {
  const { store } = await context.location();
  const { signal } = context;
  const backup = await readBackup(store, name, { signal });
  const { parts, notes } = await gathered<Parts>({
    results: readBackupResults(store, name, { signal }),
    volumes: readBackupVolumeInfos(store, name, { signal }),
    resourceList:
      flags.details === true ? readBackupResourceList(store, name, { signal }) : Promise.resolve(undefined),
  });
  return description({
    data: { ...backup, ...parts },
    name: `backup.velero.io/${name}`,
    text: fieldsOf(backup, parts, { url: store.url, now: context.clock.now() }),
    notes,
  });
};

function fieldsOf(
  backup: StoredBackup,
  parts: Partial<Parts>,
  { url, now }: { readonly url: string; readonly now: Date },
): Field[] {
  const { spec = {}, status } = backup;
  return [
    ...identityFields(backup),
    { label: veleroTexts.location, value: [spec.storageLocation, `(${url})`].filter(Boolean).join(' ') },
    filterField(spec),
    ...policyField(spec.resourcePolicy),
    ...maybe(veleroTexts.order, orderLines(spec.orderedResources)),
    ...choice(veleroTexts.volumes, spec.snapshotVolumes, [veleroTexts.included, veleroTexts.excluded]),
    ...hookSpecField(spec.hooks?.resources),
    ...maybe(veleroTexts.ttl, spec.ttl),
    ...timingFields(backup, now),
    ...expiresField(backup, now),
    ...maybe(veleroTexts.formatVersion, status?.formatVersion),
    ...itemsField(backup.status?.progress?.itemsBackedUp, backup.status?.progress?.totalItems),
    ...hookField(backup),
    ...volumeField(parts.volumes),
    ...(parts.results === undefined ? [] : storedResults(parts.results)),
    ...resourceListField(parts.resourceList),
  ];
}

function orderLines(order: Readonly<Record<string, string>> | null | undefined): string[] {
  return Object.entries(order ?? {}).map(([resource, names]) => `${resource}: ${names}`);
}
