import { Restore } from '#api/velero/restore.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues } from '../../spec.ts';
import type { Manifest } from '../../velero/manifest-file.ts';
import { annotationsOf, flagsGiven, given, labelsOf, listsOf, selectorsOf } from '../../velero/spec-flags.ts';
import { manifestName, manifestText, wantedObject } from '../../velero/wanted.ts';
import type { createFlags } from './create-flags.ts';
import { snapshotName } from './from-snapshot.ts';

type Given = FlagValues<typeof createFlags>;

interface Asked {
  /** The NAME argument. */
  readonly name: string | undefined;
  readonly flags: Given;
  readonly manifest: Manifest | undefined;
  readonly now: Date;
}

/**
 * The Restore that the command line asks for; without a name it is called after the backup and the local time, as
 * Velero does it. Throws `cli.*` for a flag, `api.invalid` for the manifest.
 */
export function wantedRestore({ name, flags, manifest, now }: Asked): Restore {
  const { from, ...source } = sourceOf(flags, manifest);
  return wantedObject(Restore, {
    kind: 'Restore',
    name: name ?? manifestName(manifest) ?? `${from}-${stampOf(now)}`,
    manifest,
    labels: labelsOf(flags.labels),
    annotations: annotationsOf(flags.annotations),
    spec: {
      ...source,
      ...statusOf(flags),
      ...listsOf(flags, {
        includedNamespaces: 'includeNamespaces',
        excludedNamespaces: 'excludeNamespaces',
        includedResources: 'includeResources',
        excludedResources: 'excludeResources',
      }),
      ...given({
        includeClusterResources: flags.includeClusterResources,
        namespaceMapping: mappingOf(flags.namespaceMappings),
        existingResourcePolicy: flags.existingResourcePolicy,
        restorePVs: flags.restoreVolumes,
        preserveNodePorts: flags.preserveNodeports,
        resourceModifier:
          flags.resourceModifierConfigmap === undefined
            ? undefined
            : { kind: 'configmap', name: flags.resourceModifierConfigmap },
      }),
      ...selectorsOf(flags),
    },
  });
}

/** The backup or the schedule that is restored; a flag takes the place of whatever the manifest names. */
function sourceOf(
  { fromBackup, fromSchedule, fromEtcdSnapshot, revision }: Given,
  manifest: Manifest | undefined,
): {
  readonly from: string;
  readonly backupName?: string | undefined;
  readonly scheduleName?: string | undefined;
} {
  const sources = flagsGiven({ fromBackup, fromSchedule, fromEtcdSnapshot }, sourceFlags);
  if (sources.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: sources });
  if (fromEtcdSnapshot !== undefined) {
    const from = snapshotName(fromEtcdSnapshot, revision);
    return { from, backupName: from, scheduleName: undefined };
  }
  if (fromBackup !== undefined) return { from: fromBackup, backupName: fromBackup, scheduleName: undefined };
  if (fromSchedule !== undefined) {
    return { from: fromSchedule, backupName: undefined, scheduleName: fromSchedule };
  }
  const from = manifestText(manifest, 'backupName') ?? manifestText(manifest, 'scheduleName');
  if (from !== undefined) return { from };
  throw cliErrors.raise['missing-flag']({
    flags: ['--from-backup', '--from-schedule', '--from-etcd-snapshot'],
  });
}

const sourceFlags = ['fromBackup', 'fromSchedule', 'fromEtcdSnapshot'];

/** Velero restores no status unless it is told which. */
function statusOf(flags: Given): Record<string, unknown> {
  if (flags.statusExcludeResources !== undefined && flags.statusIncludeResources === undefined) {
    throw cliErrors.raise['missing-flag']({ flags: ['--status-include-resources'] });
  }
  const lists = listsOf(flags, {
    includedResources: 'statusIncludeResources',
    excludedResources: 'statusExcludeResources',
  });
  return Object.keys(lists).length === 0 ? {} : { restoreStatus: lists };
}

function mappingOf(map: Given['namespaceMappings']): Given['namespaceMappings'] {
  const [from] = Object.entries(map ?? {}).find(([, to]) => to === '') ?? [];
  if (from === undefined) return map;
  const wrong = { flag: '--namespace-mappings', given: `${from}:`, expected: 'shop:shop-copy' };
  throw cliErrors.raise['bad-value'](wrong);
}

/** `20260102030405`. */
function stampOf(now: Date): string {
  const date = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()];
  return [...date, ...time].map(part => String(part).padStart(2, '0')).join('');
}
