import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { identityOf } from './identities.ts';
import { memberNamed, readInitialCluster, readPeerUrls } from './initial-cluster.ts';

/** Answers of etcd 3.4 and 3.6 to `snapshot restore`. */
test('members and clusters have the identities that etcd gives them', () => {
  const two = readInitialCluster('b=https://10.0.0.9:2380,a=https://10.0.0.8:2380');
  const { clusterId, memberIds } = identityOf(two, 'openshift-etcd-abc');
  assert.equal(clusterId, 'b65d3573e7297371');
  assert.deepEqual(Object.fromEntries(memberIds), { a: 'fff0812f93438d04', b: '9ef6e2be1695bc1c' });
  const common = identityOf(readInitialCluster('default=http://localhost:2380'), 'etcd-cluster');
  assert.equal(common.clusterId, 'cdf818194e3a8c32');
  assert.equal(common.memberIds.get('default'), '8e9e05c52164694d');
});

test('a name that comes twice is a member with two URLs, in the order of their text', () => {
  const text = 'm=https://b:2380, n=http://[::1]:1 ,m=https://a:2380';
  assert.deepEqual(readInitialCluster(text), [
    { name: 'm', peerUrls: ['https://a:2380', 'https://b:2380'] },
    { name: 'n', peerUrls: ['http://[::1]:1'] },
  ]);
});

test('what etcd would not start with is refused', () => {
  const refused = (work: () => unknown): void =>
    assert.throws(work, thrown => isHozonError(thrown, 'etcd.restore-cluster'));
  for (const text of [
    '',
    'm',
    '=http://a:1',
    'm=a:2380',
    'm=https://a',
    'm=https://a:1/path',
    'm=ftp://a:1',
  ]) {
    refused(() => readInitialCluster(text));
  }
  refused(() => readInitialCluster('m=https://a:1,n=https://a:1'));
  const members = readInitialCluster('m=https://a:1');
  refused(() => memberNamed(members, 'n'));
  refused(() => memberNamed(members, 'm', readPeerUrls('https://b:1')));
  assert.equal(memberNamed(members, 'm', readPeerUrls('https://a:1')).name, 'm');
});
