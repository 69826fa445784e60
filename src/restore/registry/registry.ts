import type { Backup } from '#api/velero/backup.ts';
import type { Archive } from '#archive/contents/archive.ts';
import type { RegistryReadOptions } from '#kube/internal-registry.ts';
import {
  backupRegistryAnnotation,
  type InternalRegistry,
  readInternalRegistry,
  registryOf,
} from '#kube/internal-registry.ts';
import { groupResource } from '#kube/objects.ts';

/** Where images of the internal registry come from and go to. */
export interface RegistryMove {
  /** The hosts of the backup's registry. An object may name another in its annotation. */
  readonly from: ReadonlySet<string>;
  /** This cluster's registry; `undefined` where it is not known: image references keep their host. */
  readonly here: InternalRegistry | undefined;
}

export interface RegistrySources extends RegistryReadOptions {
  readonly archive: Pick<Archive, 'types' | 'read'>;
  readonly backup: Backup;
}

/**
 * Finds the internal registry of the backup's cluster (as the Backup records it, otherwise as its image streams say)
 * and of this one. `undefined` where this cluster is not an OpenShift one.
 */
export async function findRegistries(sources: RegistrySources): Promise<RegistryMove | undefined> {
  const { api, signal } = sources;
  const streams = (await api.discover({ signal })).byName('imagestreams.image.openshift.io');
  if (streams === undefined) return undefined;
  const recorded = sources.backup.metadata.annotations?.[backupRegistryAnnotation];
  const from = recorded || (await inArchive(sources));
  return { from: new Set(from === undefined ? [] : [from]), here: await readInternalRegistry(sources) };
}

async function inArchive({ archive, signal }: RegistrySources): Promise<string | undefined> {
  const types = await archive.types({ signal });
  const type = types.find(each => groupResource(each) === 'imagestreams.image.openshift.io');
  if (type === undefined) return undefined;
  for await (const stream of archive.read(type, { signal })) {
    const host = registryOf(stream);
    if (host !== undefined) return host;
  }
  return undefined;
}
