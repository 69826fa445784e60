import { backupStorageLocations } from '#cli/locations/cluster-locations.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';

/** Has a cluster serve BackupStorageLocations. The type may be there already: the cluster is shared. */
export async function haveVeleroLocations(client: KubeClient): Promise<void> {
  const crds = (await client.discover()).byName('customresourcedefinitions.apiextensions.k8s.io');
  if (crds === undefined) throw new Error('the cluster has no types of its own');
  const { group, resource, kind, singular, version } = backupStorageLocations;
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const definition: KubeObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${group}` },
    spec: {
      group,
      names: { plural: resource, singular, kind },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
  try {
    await client.create(crds, definition);
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.already-exists')) throw thrown;
  }
  const deadline = AbortSignal.timeout(180_000);
  for (;;) {
    const found = await client.discover({ refresh: true, signal: deadline });
    if (found.byName(`${resource}.${group}`) !== undefined) return;
  }
}
