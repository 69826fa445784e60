import { formatDuration } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { Cell, Field } from '../output/outcome.ts';
import { say } from '../spec.ts';
import { phaseCell, selectorText } from './cells.ts';
import { veleroTexts } from './texts.ts';
import { ago, dated, moment } from './times.ts';

/** What a Backup and a Restore have in common, as far as it is described. */
export interface Described {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>> | null;
    readonly annotations?: Readonly<Record<string, string>> | null;
  };
  readonly status?: {
    readonly phase?: string;
    readonly failureReason?: string;
    readonly validationErrors?: readonly string[] | null;
    readonly startTimestamp?: string | null;
    readonly completionTimestamp?: string | null;
  };
}

/** A field if there is something to show. */
export function maybe(label: Message, value: Cell | readonly Cell[] | null | undefined): Field[] {
  const isEmpty =
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
  return isEmpty ? [] : [{ label, value }];
}

/** Name, labels, annotations, phase and what explains it. */
export function identityFields({ metadata, status }: Described): Field[] {
  return [
    { label: veleroTexts.name, value: metadata.name },
    ...maybe(veleroTexts.labels, pairs(metadata.labels)),
    ...maybe(veleroTexts.annotations, pairs(metadata.annotations)),
    { label: veleroTexts.phase, value: phaseCell(status?.phase) },
    ...maybe(veleroTexts.reason, bad(status?.failureReason)),
    ...maybe(
      veleroTexts.validation,
      (status?.validationErrors ?? []).map(text => ({ text, tone: 'bad' })),
    ),
  ];
}

/** When it started and ended, and how long that took. */
export function timingFields({ status }: Described, now: Date): Field[] {
  const started = moment(status?.startTimestamp);
  const completed = moment(status?.completionTimestamp);
  return [
    ...maybe(veleroTexts.started, started && dated(started, ago(started, now))),
    ...maybe(veleroTexts.completed, completed && dated(completed, ago(completed, now))),
    ...maybe(veleroTexts.duration, started && completed && lasting(completed.getTime() - started.getTime())),
  ];
}

/** Statuses hold whole seconds. */
function lasting(milliseconds: number): string {
  if (milliseconds < 1000) return '<1s';
  return milliseconds < 60_000 ? `${Math.round(milliseconds / 1000)}s` : formatDuration(milliseconds);
}

/** How many objects a run has dealt with, and of how many where that is not all. */
export function itemsField(done: number | undefined, of: number | undefined): Field[] {
  if (done === undefined && of === undefined) return [];
  const dealt = done ?? 0;
  const whole = of ?? dealt;
  const value = dealt === whole ? String(dealt) : say(`${dealt} of ${whole}`, `${whole} 件中 ${dealt} 件`);
  return [{ label: veleroTexts.items, value }];
}

type Names = readonly string[] | null | undefined;

/** The filters that Velero's backups and restores share. */
export interface Filters {
  readonly includedNamespaces?: Names;
  readonly excludedNamespaces?: Names;
  readonly includedResources?: Names;
  readonly excludedResources?: Names;
  readonly includedClusterScopedResources?: Names;
  readonly excludedClusterScopedResources?: Names;
  readonly includedNamespaceScopedResources?: Names;
  readonly excludedNamespaceScopedResources?: Names;
  readonly includeClusterResources?: boolean | null;
  readonly labelSelector?: unknown;
  readonly orLabelSelectors?: readonly unknown[] | null;
}

/** Only the filters that are set; where none is, that says so. */
export function filterField(filters: Filters): Field {
  const fields: Field[] = [
    ...list(veleroTexts.namespaces, filters.includedNamespaces),
    ...list(veleroTexts.namespacesOut, filters.excludedNamespaces),
    ...list(veleroTexts.resources, filters.includedResources),
    ...list(veleroTexts.resourcesOut, filters.excludedResources),
    ...list(veleroTexts.clusterResources, filters.includedClusterScopedResources),
    ...list(veleroTexts.clusterResourcesOut, filters.excludedClusterScopedResources),
    ...list(veleroTexts.namespaced, filters.includedNamespaceScopedResources),
    ...list(veleroTexts.namespacedOut, filters.excludedNamespaceScopedResources),
    ...choice(veleroTexts.clusterResources, filters.includeClusterResources, [
      veleroTexts.included,
      veleroTexts.excluded,
    ]),
    ...maybe(veleroTexts.selector, selectorText(filters)),
  ];
  const label = veleroTexts.filters;
  return fields.length === 0 ? { label, value: veleroTexts.everything } : { label, fields };
}

/** A switch that was set, in words. */
export function choice(
  label: Message,
  value: boolean | null | undefined,
  [yes, no]: readonly [Message, Message] = [veleroTexts.yes, veleroTexts.no],
): Field[] {
  return value === null || value === undefined ? [] : [{ label, value: value ? yes : no }];
}

/** `a, b`; nothing where everything is meant. */
export function list(label: Message, names: Names): Field[] {
  const isAll = names?.length === 1 && names[0] === '*';
  return isAll ? [] : maybe(label, (names ?? []).join(', '));
}

/** A stored resource list: a head for each type, the objects below it. */
export function resourceListField(types: Readonly<Record<string, readonly string[]>> | undefined): Field[] {
  const entries = Object.entries(types ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return [];
  return [{ label: veleroTexts.resourceList, fields: entries.map(([label, lines]) => ({ label, lines })) }];
}

function pairs(map: Readonly<Record<string, string>> | null | undefined): string[] {
  return Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`);
}

function bad(text: string | undefined): Cell | undefined {
  return text === undefined || text === '' ? undefined : { text, tone: 'bad' };
}
