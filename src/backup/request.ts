import type { Backup, BackupSpec } from '#api/velero/backup.ts';
import { isObjectName } from '#api/velero/names.ts';
import { formatGoDuration, parseDuration } from '#foundation/duration.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { fromLabelSelector, type Selector } from '#kube/selectors.ts';
import { raise } from './errors.ts';
import { type NamespaceFilter, namespaceFilter, namespaceProblem } from './filters/namespaces.ts';
import { oldFilters } from './filters/resources.ts';
import { wrongKind } from './policies/problems.ts';
import * as problem from './problems.ts';

/** A Backup that was checked as far as it can be without a cluster. */
export interface BackupRequest {
  readonly name: string;
  /** With every default filled in, as it will be stored. */
  readonly spec: BackupSpec;
  /** How long the backup is to be kept. Milliseconds. */
  readonly ttl: number;
  readonly namespaces: NamespaceFilter;
  /** An object is taken if it fits any of them; no selector at all takes every object. */
  readonly selectors: readonly Selector[];
}

const defaultDurations = {
  ttl: '720h0m0s',
  csiSnapshotTimeout: '10m0s',
  itemOperationTimeout: '4h0m0s',
} as const;

/** Reads a Backup. Pure. Everything that is wrong with it is in one `backup.invalid`. */
export function readRequest(wanted: Backup): BackupRequest {
  const { name } = wanted.metadata;
  const spec = wanted.spec ?? {};
  const selectors = readSelectors(spec);
  const problems = [
    ...(isObjectName(name) ? [] : [problem.badName(name)]),
    ...durationProblems(spec),
    ...namespaceProblems(spec),
    ...familyProblems(spec),
    ...selectors.problems,
    ...policyProblems(spec),
  ];
  if (problems.length > 0) throw raise.invalid({ name, problems });
  const complete = withDefaults(spec);
  return {
    name,
    spec: complete,
    ttl: parseDuration(complete.ttl ?? '') ?? 0,
    namespaces: namespaceFilter(complete.includedNamespaces ?? [], complete.excludedNamespaces ?? []),
    selectors: selectors.all,
  };
}

/** Velero takes a kind that it does not know for no policy at all. */
function policyProblems({ resourcePolicy }: BackupSpec): Message[] {
  if (resourcePolicy === undefined || resourcePolicy === null) return [];
  return resourcePolicy.kind.toLowerCase() === 'configmap' ? [] : [wrongKind(resourcePolicy.kind)];
}

/** Defaults as Velero's server fills them in. */
function withDefaults(spec: BackupSpec): BackupSpec {
  const included = spec.includedNamespaces ?? [];
  const filesystem = spec.defaultVolumesToFsBackup ?? spec.defaultVolumesToRestic ?? false;
  return {
    ...spec,
    ttl: durationOf(spec, 'ttl'),
    csiSnapshotTimeout: durationOf(spec, 'csiSnapshotTimeout'),
    itemOperationTimeout: durationOf(spec, 'itemOperationTimeout'),
    includedNamespaces: included.length === 0 ? ['*'] : included,
    defaultVolumesToFsBackup: filesystem,
    snapshotMoveData: spec.snapshotMoveData ?? false,
    hooks: spec.hooks ?? {},
  };
}

type DurationField = keyof typeof defaultDurations;

/** A duration in Go's own spelling; zero means the default. */
function durationOf(spec: BackupSpec, field: DurationField): string {
  const milliseconds = parseDuration(spec[field] ?? '0') ?? 0;
  return milliseconds === 0 ? defaultDurations[field] : formatGoDuration(milliseconds);
}

function durationProblems(spec: BackupSpec): Message[] {
  return (Object.keys(defaultDurations) as DurationField[]).flatMap(field => {
    const text = spec[field];
    const milliseconds = text === undefined ? 0 : parseDuration(text);
    const fine = milliseconds !== undefined && milliseconds >= 0;
    return fine ? [] : [problem.badDuration(field, text ?? '')];
  });
}

function namespaceProblems(spec: BackupSpec): Message[] {
  const { includedNamespaces, excludedNamespaces } = spec;
  return [
    ...listProblems(spec, ['includedNamespaces', 'excludedNamespaces']),
    ...nameProblems('includedNamespaces', includedNamespaces ?? []),
    ...nameProblems('excludedNamespaces', excludedNamespaces ?? []),
  ];
}

/** An empty name is allowed: it is Velero's way to say "no namespace". */
function nameProblems(field: string, entries: readonly string[]): Message[] {
  return entries
    .filter(entry => entry !== '' && entry !== '*')
    .flatMap(entry => namespaceProblem(entry)?.(field) ?? []);
}

type ListField = keyof BackupSpec & `${'included' | 'excluded'}${string}`;

const oldLists = ['includedResources', 'excludedResources'] as const;
const clusterLists = ['includedClusterScopedResources', 'excludedClusterScopedResources'] as const;
const namespacedLists = ['includedNamespaceScopedResources', 'excludedNamespaceScopedResources'] as const;

function familyProblems(spec: BackupSpec): Message[] {
  const scoped = [...clusterLists, ...namespacedLists].filter(field => (spec[field] ?? []).length > 0);
  const old = oldFilters(spec);
  return [
    ...(old.length > 0 && scoped.length > 0 ? [problem.mixedFilters(old, scoped)] : []),
    ...listProblems(spec, oldLists),
    ...listProblems(spec, clusterLists),
    ...listProblems(spec, namespacedLists),
  ];
}

/** What the two lists of one filter may not say. */
function listProblems(spec: BackupSpec, fields: readonly [ListField, ListField]): Message[] {
  const [include, exclude] = fields;
  const included = new Set(spec[include] ?? []);
  const excluded = new Set(spec[exclude] ?? []);
  const both = [...excluded].filter(entry => entry !== '*' && included.has(entry));
  return [
    ...(included.has('*') && included.size > 1 ? [problem.starNotAlone(include)] : []),
    ...(excluded.has('*') ? excludedStarProblems(fields, included.size, excluded.size) : []),
    ...both.map(entry => problem.bothLists(include, exclude, entry)),
  ];
}

/** Only the scoped resource lists may exclude `*`, and then that is all there is to say of the scope. */
function excludedStarProblems(
  [include, exclude]: readonly [ListField, ListField],
  included: number,
  excluded: number,
): Message[] {
  if (exclude !== clusterLists[1] && exclude !== namespacedLists[1]) return [problem.starExcluded(exclude)];
  return [
    ...(excluded > 1 ? [problem.starNotAlone(exclude)] : []),
    ...(included > 0 ? [problem.includedBesideStar(include, exclude)] : []),
  ];
}

function readSelectors(spec: BackupSpec): { all: readonly Selector[]; problems: readonly Message[] } {
  const { labelSelector } = spec;
  const several = spec.orLabelSelectors ?? [];
  const all: Selector[] = [];
  const problems: Message[] = [];
  const read = (field: string, selector: NonNullable<BackupSpec['labelSelector']>): void => {
    try {
      all.push(fromLabelSelector(withoutNulls(selector)));
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.selector-invalid')) throw thrown;
      problems.push(problem.badSelector(field, { en: thrown.explain('en'), ja: thrown.explain('ja') }));
    }
  };
  if (labelSelector) read('labelSelector', labelSelector);
  for (const [index, selector] of several.entries()) read(`orLabelSelectors[${index}]`, selector);
  if (labelSelector && several.length > 0) problems.push(problem.bothSelectors);
  // A selector without requirements takes everything, as none does.
  return { all: all.some(selector => selector.length === 0) ? [] : all, problems };
}

/** Go writes an absent map or list as null. */
function withoutNulls(selector: NonNullable<BackupSpec['labelSelector']>) {
  return {
    matchLabels: selector.matchLabels ?? undefined,
    matchExpressions: selector.matchExpressions ?? undefined,
  };
}
