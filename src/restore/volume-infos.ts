import type { Archive } from '#archive/contents/archive.ts';
import type { RestoreVolumeInfo } from '#archive/stored/volume-info.ts';
import { isHozonError } from '#foundation/errors.ts';
import { textAt } from '#kube/fields.ts';
import { formatKey, groupResource, type KubeObject, type ObjectKey } from '#kube/objects.ts';
import { parseQuantity } from '#kube/quantity.ts';
import { keyIn, type Target } from './apply/target.ts';
import type { Scope } from './scope.ts';

export interface RestoredVolumes {
  readonly archive: Pick<Archive, 'types' | 'read'>;
  readonly scope: Pick<Scope, 'has'>;
}

/**
 * What Velero records of the volumes of a restore: those whose data a restore brings back, and no others. A claim that
 * comes back empty has no entry, there as here; one that was created to be filled from a VolumeSnapshot of the
 * cluster has. Source: `RestoreVolumeInfoTracker` of Velero 1.18.
 */
export async function restoredVolumes(
  { archive, scope }: RestoredVolumes,
  target: Pick<Target, 'api' | 'context' | 'outcomes' | 'signal'>,
): Promise<RestoreVolumeInfo[]> {
  const { signal } = target;
  const claims = (await archive.types({ signal })).find(
    type => groupResource(type) === 'persistentvolumeclaims',
  );
  if (claims === undefined) return [];
  const created = new Set(target.outcomes.list()['v1/PersistentVolumeClaim'] ?? []);
  const infos: RestoreVolumeInfo[] = [];
  for await (const object of archive.read(claims, { signal })) {
    if (!scope.has(claims, object) || !isFromSnapshot(object)) continue;
    const key = keyIn({ object }, target);
    if (!created.has(`${formatKey(key)}(created)`)) continue;
    const name = textAt(object, 'spec', 'dataSource', 'name') ?? '';
    const snapshot = await read(snapshots, { ...key, name }, target);
    if (snapshot === undefined) continue;
    infos.push(infoOf(key, snapshot, boundVolume(await read('persistentvolumeclaims', key, target))));
  }
  return infos;
}

function isFromSnapshot(claim: KubeObject): boolean {
  return textAt(claim, 'spec', 'dataSource', 'kind') === 'VolumeSnapshot';
}

const snapshots = 'volumesnapshots.snapshot.storage.k8s.io';

/** `undefined` also where it may not be read. */
async function read(
  resource: string,
  key: ObjectKey,
  { api, signal }: Pick<Target, 'api' | 'signal'>,
): Promise<KubeObject | undefined> {
  const type = (await api.discover({ signal })).byName(resource);
  if (type === undefined || key.name === '') return undefined;
  try {
    return await api.get(type, key, { signal });
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    return undefined;
  }
}

function boundVolume(claim: KubeObject | undefined): string | undefined {
  return textAt(claim, 'status', 'phase') === 'Bound' ? textAt(claim, 'spec', 'volumeName') : undefined;
}

function infoOf(
  { namespace, name }: ObjectKey,
  snapshot: KubeObject,
  pvName: string | undefined,
): RestoreVolumeInfo {
  const annotation = (key: string): string => textAt(snapshot, 'metadata', 'annotations', key) ?? '';
  return {
    pvcName: name,
    ...(namespace === undefined ? {} : { pvcNamespace: namespace }),
    ...(pvName === undefined ? {} : { pvName }),
    restoreMethod: 'CSISnapshot',
    snapshotDataMoved: false,
    csiSnapshotInfo: {
      snapshotHandle: annotation('velero.io/csi-volumesnapshot-handle'),
      size: bytesOf(textAt(snapshot, 'status', 'restoreSize') ?? ''),
      driver: annotation('velero.io/csi-driver-name'),
      vscName: textAt(snapshot, 'spec', 'source', 'volumeSnapshotContentName') ?? '',
    },
  };
}

/** Zero where that is not said, as Go writes it. */
function bytesOf(text: string): number {
  const billionths = parseQuantity(text) ?? 0n;
  return Number((billionths + 999_999_999n) / 1_000_000_000n);
}
