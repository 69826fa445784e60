import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { podLayout } from './pod-layout.ts';

function pod(...containers: readonly object[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'kube-system', name: 'p' },
    spec: { containers },
  };
}

test('kubeadm: the flags of etcd say where its certificates and its data are', () => {
  const layout = podLayout(
    pod({
      name: 'etcd',
      command: [
        'etcd',
        '--advertise-client-urls=https://10.0.0.4:2379,https://m0:2379',
        '--cert-file=/etc/kubernetes/pki/etcd/server.crt',
        '--data-dir=/var/lib/etcd-data',
        '--key-file=/etc/kubernetes/pki/etcd/server.key',
        '--listen-client-urls=https://127.0.0.1:4001,https://10.0.0.4:4001',
        '--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt',
        '--peer-key-file=/etc/kubernetes/pki/etcd/peer.key',
        '--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/peer-ca.crt',
        '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt',
      ],
    }),
  );
  assert.equal(layout?.container, 'etcd');
  assert.equal(layout?.port, 4001);
  assert.equal(layout?.endpoint, 'https://10.0.0.4:2379');
  assert.equal(layout?.dataDir, '/var/lib/etcd-data');
  assert.equal(layout?.secure, true);
  const base = '/etc/kubernetes/pki/etcd';
  assert.deepEqual(layout?.tls[0], {
    ca: `${base}/ca.crt`,
    cert: `${base}/peer.crt`,
    key: `${base}/peer.key`,
  });
  assert.deepEqual(layout?.tls[1], {
    ca: `${base}/ca.crt`,
    cert: `${base}/server.crt`,
    key: `${base}/server.key`,
  });
});

test('OpenShift 4: what etcdctl’s variables say comes first', () => {
  const env = [
    { name: 'ETCDCTL_CACERT', value: '/certs/ca-bundle.crt' },
    { name: 'ETCDCTL_CERT', value: '/certs/etcd-peer-m0.crt' },
    { name: 'ETCDCTL_KEY', value: '/certs/etcd-peer-m0.key' },
    { name: 'ETCD_DATA_DIR', value: '/var/lib/etcd' },
    { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ];
  const script =
    'set -e\nexec nice -n -19 etcd --advertise-client-urls=https://$(NODE):2379 --cert-file="/certs/$(NODE).crt" --key-file="/certs/k" --data-dir=/x';
  const layout = podLayout(
    pod({ name: 'etcdctl' }, { name: 'etcd', command: ['/bin/sh', '-c', script], env }),
  );
  assert.deepEqual(layout?.tls[0], {
    ca: '/certs/ca-bundle.crt',
    cert: '/certs/etcd-peer-m0.crt',
    key: '/certs/etcd-peer-m0.key',
  });
  assert.equal(layout?.dataDir, '/x');
  assert.equal(layout?.endpoint, 'https://localhost:2379');
});

test('OpenShift 3.11: a shell reads etcd.conf, so the known places are looked at', () => {
  const command = ['/bin/sh', '-c', '#!/bin/sh\nset -o allexport\nsource /etc/etcd/etcd.conf\nexec etcd\n'];
  const layout = podLayout(pod({ name: 'etcd', command }));
  assert.equal(layout?.dataDir, '/var/lib/etcd');
  assert.equal(layout?.port, 2379);
  assert.deepEqual(layout?.tls[0], {
    ca: '/etc/etcd/ca.crt',
    cert: '/etc/etcd/peer.crt',
    key: '/etc/etcd/peer.key',
  });
});

test('the container is the one that is asked for, else etcd, else the first', () => {
  const both = pod({ name: 'sidecar' }, { name: 'etcd' });
  assert.equal(podLayout(both)?.container, 'etcd');
  assert.equal(podLayout(both, 'sidecar')?.container, 'sidecar');
  assert.equal(podLayout(both, 'missing'), undefined);
  assert.equal(podLayout(pod({ name: 'db' }))?.container, 'db');
  assert.equal(podLayout(pod()), undefined);
});

test('plain HTTP is told from TLS', () => {
  const layout = podLayout(pod({ name: 'etcd', args: ['--listen-client-urls', 'http://0.0.0.0:2379'] }));
  assert.equal(layout?.secure, false);
  assert.equal(layout?.endpoint, 'http://localhost:2379');
  assert.equal(layout?.port, 2379);
});
