import { Restore } from '#api/velero/restore.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues } from '../../spec.ts';
import type { Manifest } from '../../velero/manifest-file.ts';
import { annotationsOf, given, labelsOf, listsOf, selectorsOf } from '../../velero/spec-flags.ts';
import { manifestName, manifestText, wantedObject } from '../../velero/wanted.ts';
import type { createFlags } from './create-flags.ts';

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
  const backupName = flags.fromBackup ?? manifestText(manifest, 'backupName');
  if (backupName === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--from-backup'] });
  return wantedObject(Restore, {
    kind: 'Restore',
    name: name ?? manifestName(manifest) ?? `${backupName}-${stampOf(now)}`,
    manifest,
    labels: labelsOf(flags.labels),
    annotations: annotationsOf(flags.annotations),
    spec: {
      ...listsOf(flags, {
        includedNamespaces: 'includeNamespaces',
        excludedNamespaces: 'excludeNamespaces',
        includedResources: 'includeResources',
        excludedResources: 'excludeResources',
      }),
      ...given({
        backupName,
        includeClusterResources: flags.includeClusterResources,
        namespaceMapping: mappingOf(flags.namespaceMappings),
        existingResourcePolicy: flags.existingResourcePolicy,
        restorePVs: flags.restoreVolumes,
        preserveNodePorts: flags.preserveNodeports,
      }),
      ...selectorsOf(flags),
    },
  });
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
