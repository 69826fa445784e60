import { veleroLabels } from '#api/velero/names.ts';
import type { RunReport } from '#archive/runs/run-report.ts';
import { isHozonError } from '#foundation/errors.ts';
import { compileGlob } from '#foundation/glob.ts';
import type { KubeApi } from '#kube/api.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { matches, type Selector } from '#kube/selectors.ts';
import { type NamespaceFilter, namespaceFilter } from '../filters/namespaces.ts';
import * as finding from '../findings.ts';
import type { BackupRequest } from '../request.ts';
import { fewNamespaces } from './plan.ts';

/** The namespaces of a cluster as a Backup sees them. */
export interface KnownNamespaces {
  /** With those left out that are labelled so. */
  readonly filter: NamespaceFilter;
  /** Those that are labelled to be left out: they count as excluded. */
  readonly labelled: readonly string[];
  /** To be listed each by itself; `undefined`: lists are cluster-wide and filtered. */
  readonly targets: readonly string[] | undefined;
  readonly objects: ReadonlyMap<string, KubeObject>;
}

/**
 * Reads the namespaces and reports what the Backup's lists say of them that cannot be. Without the right to list them,
 * those that are named in full are read one by one; a Backup that names none so fails with `kube.forbidden`.
 */
export async function readNamespaces(
  request: BackupRequest,
  type: ResourceType,
  context: { api: KubeApi; report: RunReport; signal?: AbortSignal | undefined },
): Promise<KnownNamespaces> {
  const found = await namespaceObjects(request.namespaces, type, context);
  reportNamespaces(request.namespaces, found, context.report);
  return view(request, found);
}

/** What is known of each namespace; `undefined` where it may not be read, and is taken to be there. */
type Found = ReadonlyMap<string, KubeObject | undefined>;

async function namespaceObjects(
  filter: NamespaceFilter,
  type: ResourceType,
  { api, report, signal }: { api: KubeApi; report: RunReport; signal?: AbortSignal | undefined },
): Promise<Found> {
  const found = new Map<string, KubeObject | undefined>();
  try {
    for await (const object of api.list(type, { signal })) found.set(object.metadata.name, object);
  } catch (thrown) {
    const nameable = !filter.open && filter.patterns.length === 0;
    if (!isHozonError(thrown, 'kube.forbidden') || !nameable) throw thrown;
    for (const name of filter.names) {
      const object = await readOne(name, type, { api, report, signal });
      if (object !== 'missing') found.set(name, object);
    }
  }
  return found;
}

async function readOne(
  name: string,
  type: ResourceType,
  { api, report, signal }: { api: KubeApi; report: RunReport; signal?: AbortSignal | undefined },
): Promise<KubeObject | undefined | 'missing'> {
  try {
    return (await api.get(type, { name }, { signal })) ?? 'missing';
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    report.error(finding.namespacesForbidden(thrown), { resource: 'namespaces', name });
    return undefined;
  }
}

const argoLabel = 'argocd.argoproj.io/managed-by';

function reportNamespaces(filter: NamespaceFilter, found: Found, report: RunReport): void {
  for (const name of filter.names) {
    const subject = { resource: 'namespaces', name };
    const object = found.get(name);
    if (!found.has(name)) report.error(finding.namespaceMissing, subject);
    else if (isLabelled(object))
      report.warning(finding.namespaceLabelled(veleroLabels.excludeFromBackup), subject);
    else if (object !== undefined && !isActive(object)) report.warning(finding.namespaceTerminating, subject);
  }
  for (const pattern of filter.patterns) {
    const fits = compileGlob(pattern);
    if (![...found.keys()].some(fits)) report.warning(finding.patternMatchesNothing(pattern));
  }
  const argo = [...found].flatMap(([name, object]) =>
    filter.includes(name) && object?.metadata.labels?.[argoLabel] ? [name] : [],
  );
  if (argo.length > 0) report.warning(finding.managedByArgo(argo));
}

function view(request: BackupRequest, found: Found): KnownNamespaces {
  const { includedNamespaces, excludedNamespaces } = request.spec;
  const labelled = [...found].flatMap(([name, object]) => (isLabelled(object) ? [name] : []));
  const filter = namespaceFilter(includedNamespaces ?? [], [...(excludedNamespaces ?? []), ...labelled]);
  const included = [...found.keys()].filter(name => filter.includes(name));
  return {
    filter,
    labelled,
    targets: filter.open || included.length > fewNamespaces ? undefined : included,
    objects: new Map(
      [...found].flatMap(([name, object]) => (object === undefined ? [] : [[name, object] as const])),
    ),
  };
}

function isLabelled(namespace: KubeObject | undefined): boolean {
  return namespace?.metadata.labels?.[veleroLabels.excludeFromBackup] === 'true';
}

function isActive(namespace: KubeObject): boolean {
  return textAt(namespace, 'status', 'phase') === 'Active';
}

/**
 * Whether a Namespace object is stored: if objects in it are, if a selector fits it, or if the lists include it by name;
 * with a selector, `*` alone is not a name. One that is not active, or excluded, is not. Pure.
 */
export function takesNamespace(
  namespace: KubeObject,
  { filter, selectors, inhabited }: NamespaceRules,
): boolean {
  const { name, labels } = namespace.metadata;
  if (!isActive(namespace) || filter.excludes(name)) return false;
  if (inhabited.has(name)) return true;
  if (selectors.some(selector => matches(selector, labels))) return true;
  return filter.includes(name) && (selectors.length === 0 || !filter.open);
}

export interface NamespaceRules {
  readonly filter: NamespaceFilter;
  readonly selectors: readonly Selector[];
  /** Namespaces of which objects are stored. */
  readonly inhabited: ReadonlySet<string>;
}
