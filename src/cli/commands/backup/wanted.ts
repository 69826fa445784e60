import { Backup } from '#api/velero/backup.ts';
import { isObjectName } from '#api/velero/names.ts';
import { formatGoDuration } from '#foundation/duration.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues } from '../../spec.ts';
import type { Manifest } from '../../velero/manifest-file.ts';
import { annotationsOf, flagsGiven, given, labelsOf, listsOf, selectorsOf } from '../../velero/spec-flags.ts';
import { manifestName, wantedObject } from '../../velero/wanted.ts';
import type { createFlags } from './create-flags.ts';

type Given = FlagValues<typeof createFlags>;

/** The Backup that the command line asks for. Throws `cli.*` for a flag, `api.invalid` for the manifest. */
export function wantedBackup(
  argument: string | undefined,
  flags: Given,
  manifest: Manifest | undefined,
): Backup {
  const name = argument ?? manifestName(manifest);
  if (name === undefined) {
    throw cliErrors.raise['missing-argument']({ argument: 'NAME', help: 'hozon backup create --help' });
  }
  refuseMixedFilters(flags);
  return wantedObject(Backup, {
    kind: 'Backup',
    name,
    manifest,
    labels: labelsOf(flags.labels),
    annotations: annotationsOf(flags.annotations),
    spec: {
      ...listsOf(flags, {
        includedNamespaces: 'includeNamespaces',
        excludedNamespaces: 'excludeNamespaces',
        includedResources: 'includeResources',
        excludedResources: 'excludeResources',
        includedClusterScopedResources: 'includeClusterScopedResources',
        excludedClusterScopedResources: 'excludeClusterScopedResources',
        includedNamespaceScopedResources: 'includeNamespaceScopedResources',
        excludedNamespaceScopedResources: 'excludeNamespaceScopedResources',
      }),
      ...given({ includeClusterResources: flags.includeClusterResources, ttl: ttlOf(flags.ttl) }),
      ...given({
        orderedResources: orderOf(flags.orderedResources),
        resourcePolicy: policyOf(flags.resourcePoliciesConfigmap),
      }),
      ...selectorsOf(flags),
    },
  });
}

const oldFilters = ['includeResources', 'excludeResources', 'includeClusterResources'];
const newFilters = [
  'includeClusterScopedResources',
  'excludeClusterScopedResources',
  'includeNamespaceScopedResources',
  'excludeNamespaceScopedResources',
];

/** Velero has two families of resource filters, and no meaning for a mixture. */
function refuseMixedFilters(flags: Given): void {
  const old = flagsGiven(flags, oldFilters);
  const scoped = flagsGiven(flags, newFilters);
  if (old.length > 0 && scoped.length > 0) {
    throw cliErrors.raise['conflicting-flags']({ flags: [...old, ...scoped] });
  }
}

function ttlOf(milliseconds: number | undefined): string | undefined {
  if (milliseconds === undefined) return undefined;
  if (milliseconds > 0) return formatGoDuration(milliseconds);
  const shown = formatGoDuration(milliseconds);
  throw cliErrors.raise['bad-value']({ flag: '--ttl', given: shown, expected: '720h, 1h30m' });
}

/** The ConfigMap as Velero's command line refers to it. */
function policyOf(name: string | undefined): { kind: string; name: string } | undefined {
  if (name === undefined) return undefined;
  if (isObjectName(name)) return { kind: 'configmap', name };
  const expected = 'volume-policies';
  throw cliErrors.raise['bad-value']({ flag: '--resource-policies-configmap', given: name, expected });
}

/** `pods=ns/a,ns/b;persistentvolumes=pv1` → by resource. */
function orderOf(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  const entries = text.split(';').map(part => {
    const [, resource = '', names = ''] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (resource !== '' && !names.includes('=')) return [resource, names] as const;
    const expected = '"pods=ns/a,ns/b;persistentvolumes=pv1"';
    throw cliErrors.raise['bad-value']({ flag: '--ordered-resources', given: part, expected });
  });
  return Object.fromEntries(entries);
}
