import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeApi } from '#kube/api.ts';
import { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import type { Context } from './item.ts';
import { createOutcomes } from './outcomes.ts';
import { restoredVolumes } from './volume-infos.ts';

const typeOf = (group: string, resource: string, kind: string): ResourceType => ({
  group,
  version: 'v1',
  resource,
  kind,
  namespaced: true,
  verbs: ['get'],
  shortNames: [],
  singular: '',
});
const claimType = typeOf('', 'persistentvolumeclaims', 'PersistentVolumeClaim');
const snapshotType = typeOf('snapshot.storage.k8s.io', 'volumesnapshots', 'VolumeSnapshot');

function claim(name: string, spec: Record<string, unknown>, status = {}): KubeObject {
  const metadata = { name, namespace: 'old' };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec, status };
}

const from = (name: string): Record<string, unknown> => ({ dataSource: { kind: 'VolumeSnapshot', name } });

const snapshot: KubeObject = {
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshot',
  metadata: {
    name: 'monday',
    namespace: 'new',
    annotations: {
      'velero.io/csi-volumesnapshot-handle': 'snap-1',
      'velero.io/csi-driver-name': 'csi.example.com',
    },
  },
  spec: { source: { volumeSnapshotContentName: 'content-1' } },
  status: { restoreSize: '2Gi' },
};

test('claims that are filled from a snapshot are recorded as Velero does; those that come back empty are not', async () => {
  const claims = [
    claim('filled', from('monday')),
    claim('there-before', from('monday')),
    claim('of-no-snapshot', from('tuesday')),
    claim('empty', {}),
    claim('cloned', { dataSource: { kind: 'PersistentVolumeClaim', name: 'empty' } }),
  ];
  const outcomes = createOutcomes();
  for (const { metadata, ...rest } of claims) {
    const there = { ...rest, metadata: { ...metadata, namespace: 'new' } };
    outcomes.add(there, metadata.name === 'there-before' ? 'skipped' : 'created');
  }
  const api: Pick<KubeApi, 'discover' | 'get'> = {
    discover: async () => new Discovery([claimType, snapshotType]),
    get: async (type, { namespace, name }) => {
      assert.equal(namespace, 'new');
      if (type === snapshotType) return name === 'monday' ? snapshot : undefined;
      return claim(name, { volumeName: 'pv-1' }, { phase: 'Bound' });
    },
  };
  const archive = {
    types: async () => [claimType],
    async *read() {
      yield* claims;
    },
  };
  const context: Pick<Context, 'mapNamespace'> = { mapNamespace: () => 'new' };
  const target = { api, outcomes, context } as unknown as Parameters<typeof restoredVolumes>[1];
  assert.deepEqual(await restoredVolumes({ archive, scope: { has: () => true } }, target), [
    {
      pvcName: 'filled',
      pvcNamespace: 'new',
      pvName: 'pv-1',
      restoreMethod: 'CSISnapshot',
      snapshotDataMoved: false,
      csiSnapshotInfo: {
        snapshotHandle: 'snap-1',
        size: 2 * 1024 ** 3,
        driver: 'csi.example.com',
        vscName: 'content-1',
      },
    },
  ]);
});
