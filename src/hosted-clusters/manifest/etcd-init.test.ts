import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { type EtcdInit, etcdInitOf } from './etcd-init.ts';

function initOf(...lines: readonly string[]): EtcdInit {
  const initContainers = [
    { name: 'ensure-dns', command: ['/bin/sh', '-c', 'true'] },
    { name: 'etcd-init', command: ['/bin/sh', '-ce'], args: [lines.join('\n')] },
  ];
  const object: KubeObject = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'etcd' } };
  return etcdInitOf({ ...object, spec: { template: { spec: { initContainers } } } });
}

test('an etcd-init that restores without the others splits, whatever else it passes', () => {
  assert.equal(initOf('etcdctl snapshot restore /tmp/snapshot --data-dir=/var/lib/data'), 'splits');
  assert.equal(initOf('etcdutl snapshot restore /tmp/s --initial-cluster-token=etcd-cluster'), 'splits');
  assert.equal(
    initOf('etcdutl snapshot restore /tmp/s --bump-revision 1000000000 --mark-compacted'),
    'splits',
  );
});

test('one that names the others joins, on one line or several, and one that restores nothing is none', () => {
  const newer = [
    'etcdutl snapshot restore /tmp/snapshot \\',
    '  --name "${HOSTNAME}" \\',
    '  --initial-cluster "${ETCD_INITIAL_CLUSTER}" \\',
    '  --initial-cluster-token etcd-cluster \\',
    '  --bump-revision 1000000000 --mark-compacted',
  ];
  assert.equal(initOf(...newer), 'joins');
  assert.equal(initOf('etcdctl snapshot restore /tmp/s --initial-cluster=a=https://a:2380'), 'joins');
  assert.equal(initOf('true'), 'absent');
});
