import type { Backup, BackupSpec, BackupStatus } from '#api/velero/backup.ts';
import { formatVersion, labelValue, veleroLabels } from '#api/velero/names.ts';
import type { RunReport } from '#archive/runs/run-report.ts';
import type { Clock } from '#foundation/clock.ts';
import type { ServerVersion } from '#kube/api.ts';
import { backupRegistryAnnotation } from '#kube/internal-registry.ts';
import type { Inventory } from './collect/inventory.ts';
import type { Preparation } from './collect/prepare.ts';
import { oldFilters } from './filters/resources.ts';
import { snapshotTypes } from './filters/snapshot-types.ts';
import type { HookCounts } from './hooks/hook.ts';
import type { BackupRequest } from './request.ts';

export interface RecordInput {
  readonly wanted: Backup;
  readonly request: BackupRequest;
  readonly veleroNamespace: string;
  readonly locationName: string;
  readonly cluster: ServerVersion;
  /** Of the cluster's internal image registry, where it has one. */
  readonly registryHost: string | undefined;
  readonly preparation: Preparation;
  readonly started: Date;
  /** Tells when it is completed: now. */
  readonly clock: Clock;
  readonly report: RunReport;
  readonly inventory: Inventory;
  readonly hookCounts: HookCounts;
}

/** How long Velero's server waits for a resource; part of what it records. */
const resourceTimeout = '10m0s';

/**
 * The Backup as it is stored once its archive is whole: with its defaults, its origin and its status. Namespaces that
 * were left out because of their label are recorded as excluded, as Velero does.
 */
export function recordOf(input: RecordInput): Backup {
  const { wanted, request, cluster, locationName, started } = input;
  const { excludedNamespaces } = request.spec;
  const excluded = [...new Set([...(excludedNamespaces ?? []), ...input.preparation.namespaces.labelled])];
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: {
      ...wanted.metadata,
      namespace: input.veleroNamespace,
      creationTimestamp: wanted.metadata.creationTimestamp ?? rfc3339(started),
      labels: { ...wanted.metadata.labels, [veleroLabels.storageLocation]: labelValue(locationName) },
      annotations: {
        ...wanted.metadata.annotations,
        ...sourceOf(cluster),
        [veleroLabels.resourceTimeout]: resourceTimeout,
        ...(input.registryHost === undefined ? {} : { [backupRegistryAnnotation]: input.registryHost }),
      },
    },
    spec: {
      ...request.spec,
      ...excludedResources(request.spec),
      storageLocation: locationName,
      ...(excluded.length === 0 ? {} : { excludedNamespaces: excluded }),
    },
    status: statusOf(input),
  };
}

/** Nothing of a cluster whose version is not known. */
function sourceOf({ gitVersion, major, minor }: ServerVersion): Readonly<Record<string, string>> {
  if (gitVersion === '') return {};
  return {
    [veleroLabels.sourceGitVersion]: gitVersion,
    [veleroLabels.sourceMajorVersion]: major,
    [veleroLabels.sourceMinorVersion]: minor,
  };
}

/** What the older family of lists excludes, with the types that every Backup excludes. */
function excludedResources(spec: BackupSpec): Pick<BackupSpec, 'excludedResources'> {
  if (oldFilters(spec).length === 0) return {};
  const included = spec.includedResources ?? [];
  const always = snapshotTypes.filter(name => !included.includes(name));
  return { excludedResources: [...new Set([...(spec.excludedResources ?? []), ...always])] };
}

function statusOf({ request, started, clock, report, inventory, hookCounts }: RecordInput): BackupStatus {
  const { warnings, errors } = report;
  const { attempted, failed } = hookCounts;
  const items = inventory.size;
  return {
    version: 1,
    formatVersion,
    phase: errors > 0 ? 'PartiallyFailed' : 'Completed',
    startTimestamp: rfc3339(started),
    completionTimestamp: rfc3339(clock.now()),
    expiration: rfc3339(new Date(started.getTime() + request.ttl)),
    progress: { totalItems: items, itemsBackedUp: items },
    ...(warnings > 0 ? { warnings } : {}),
    ...(errors > 0 ? { errors } : {}),
    hookStatus: attempted > 0 ? { hooksAttempted: attempted, hooksFailed: failed } : {},
  };
}

/** As Kubernetes writes times: whole seconds. */
function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
