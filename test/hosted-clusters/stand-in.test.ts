import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { isHozonError } from '#foundation/errors.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { untilReady } from '#testbed/cluster/readiness.ts';
import { aesKeyName } from '#testbed/hosted/encryption.ts';
import { type HostedClusters, startHostedClusters } from '#testbed/hosted/hosted-clusters.ts';
import { isReady } from '#testbed/hosted/objects.ts';
import { type HostedTypes, hostedTypes } from '#testbed/hosted/types.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import { clientOf, sharedCluster, sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';
import { until } from '../estate/until.ts';

// The stand-in for HyperShift does what it says: testbed/README.md lists it.

let client: KubeClient;
let types: HostedTypes;
let hosted: HostedClusters;
let s3: S3Client;
let bucket: string;
before(async () => {
  const cluster = await sharedCluster('full');
  const store = await sharedObjectStore();
  client = await clientOf(cluster);
  hosted = await startHostedClusters(cluster, { caFile: store.caFile });
  types = await hostedTypes(client);
  bucket = await uniqueBucket(store);
  s3 = await s3Client({ ...store, endpoint: store.podEndpoint ?? store.endpoint });
  await hosted.create({ name: 'a' });
  await hosted.untilAvailable('a');
});
after(async () => {
  s3?.destroy();
  await hosted?.[Symbol.asyncDispose]();
  await client?.close();
});

const plane = (name: string): string => `${hosted.namespace}-${name}`;
const replicas = (object: KubeObject): number => (object['spec'] as { replicas: number }).replicas;

async function api(name: string): Promise<KubeClient> {
  return connect({ kubeconfig: await hosted.kubeconfig(name) });
}

async function pause(pausedUntil: string | null): Promise<void> {
  const key = { namespace: hosted.namespace, name: 'a' };
  await client.patch(types.hostedClusters, key, { type: 'merge', body: { spec: { pausedUntil } } });
}

/** Sets the replicas of a writer, and resolves when its pods are gone where that is none. */
async function scale(name: string, count: number): Promise<void> {
  const key = { namespace: plane('a'), name };
  await client.patch(types.deployments, key, { type: 'merge', body: { spec: { replicas: count } } });
}

/** Deletes a HostedCluster, whose going need not be waited for. */
async function letGo(name: string): Promise<void> {
  await client.delete(types.hostedClusters, { namespace: hosted.namespace, name });
}

function secretNamed(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    stringData: { word: 'open sesame' },
  };
}

const defaultSecret = '/kubernetes.io/secrets/default';

test('three members are one cluster, and Secrets are encrypted with the key of the HostedCluster', async () => {
  await using inside = await api('a');
  await inside.create(types.secrets, secretNamed('kept'));
  const stored = await hosted.inMember(
    'a',
    1,
    'etcdctl',
    'get',
    `${defaultSecret}/kept`,
    '--print-value-only',
  );
  const secret = { namespace: hosted.namespace, name: 'a-etcd-encryption-key' };
  const bytes = Buffer.from(textAt(await client.get(types.secrets, secret), 'data', 'key') ?? '', 'base64');
  assert.equal(bytes.length, 32);
  assert.ok(stored.startsWith(`k8s:enc:aescbc:v1:${aesKeyName(bytes)}:`), stored.slice(0, 60));
  assert.equal(stored.includes('open sesame'), false);
  const namespace = '/kubernetes.io/namespaces/default';
  const plain = await hosted.inMember('a', 1, 'etcdctl', 'get', namespace, '--print-value-only');
  assert.ok(plain.startsWith('k8s\0'), plain.slice(0, 20));
  const members = (await hosted.inMember('a', 2, 'etcdctl', 'member', 'list')).trim().split('\n');
  const names = new Set(members.map(line => line.split(', ')[2]));
  assert.deepEqual(names, new Set(['etcd-0', 'etcd-1', 'etcd-2']));
  assert.equal(members.length, 3);
  assert.ok(members.every(line => line.includes(`.etcd-discovery.${plane('a')}.svc:2380`)));
});

test('where it is not paused, writers have as many pods as it wants, whoever scales them', async () => {
  await scale('openshift-apiserver', 0);
  await until(client, types.deployments, { namespace: plane('a'), name: 'openshift-apiserver' }, each => {
    return replicas(each) === 2 && (each['status'] as { availableReplicas?: number }).availableReplicas === 2;
  });
});

test('a pause reaches the control plane, and then nothing is scaled back until it ends', async () => {
  await pause('true');
  const key = { namespace: plane('a'), name: 'a' };
  const paused = (object: KubeObject): string | undefined => textAt(object, 'spec', 'pausedUntil');
  await until(client, types.controlPlanes, key, each => paused(each) === 'true');
  await scale('kube-apiserver', 0);
  await hosted.untilCondition('a', 'KubeAPIServerAvailable', 'False'); // the operator has looked since
  const found = await client.get(types.deployments, { namespace: plane('a'), name: 'kube-apiserver' });
  assert.equal(found === undefined ? -1 : replicas(found), 0);
  await pause('2001-01-01T00:00:00Z'); // over
  await hosted.untilAvailable('a');
  await pause(null);
  await until(client, types.controlPlanes, key, each => paused(each) === undefined);
});

test('an operator that is away passes no pause on', async () => {
  hosted.knobs.propagatesPause = false;
  try {
    await pause('true');
    await hosted.untilCondition('a', 'ReconciliationActive', 'False');
    await scale('openshift-oauth-apiserver', 1);
    const key = { namespace: plane('a'), name: 'openshift-oauth-apiserver' };
    await until(client, types.deployments, key, each => replicas(each) === 3);
    const found = await client.get(types.controlPlanes, { namespace: plane('a'), name: 'a' });
    assert.equal(textAt(found, 'spec', 'pausedUntil'), undefined);
  } finally {
    hosted.knobs.propagatesPause = true;
    await pause(null);
  }
});

test('a member that is frozen is away, and comes back', async () => {
  const ready = (wanted: boolean) => (pod: KubeObject) => isReady(pod) === wanted;
  const key = { namespace: plane('a'), name: 'etcd-2' };
  {
    using _frozen = await hosted.freezeMember('a', 2);
    await until(client, types.pods, key, ready(false));
    assert.match(await hosted.inMember('a', 0, 'etcdctl', 'endpoint', 'health'), /is healthy/);
  }
  await until(client, types.pods, key, ready(true));
});

describe('what is restored from a snapshot', () => {
  const key = 'a-snapshot.db';
  let url: string;
  before(async () => {
    const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket: bucket, Key: key }));
    await hosted.inMember('a', 0, 'etcdctl', 'snapshot', 'save', '/tmp/saved');
    const upload = [
      'curl',
      '-sS',
      '--fail',
      '--cacert',
      '/etc/pki/trusted/ca-bundle.crt',
      '-T',
      '/tmp/saved',
    ];
    await hosted.inMember('a', 0, ...upload, put);
    url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key }));
  });

  /** The key of the first cluster is also that of what is restored from it. */
  const encryption = {
    secretEncryption: { type: 'aescbc', aescbc: { activeKey: { name: 'a-etcd-encryption-key' } } },
  };

  test('has what the snapshot has, once: later starts keep what was written since', async () => {
    const stored = ['etcdctl', 'get', `${defaultSecret}/kept`, '--print-value-only'];
    const value = await hosted.inMember('a', 0, ...stored);
    await hosted.create({ name: 'c', replicas: 1, restoreSnapshotURL: url, spec: encryption });
    await hosted.untilCondition('c', 'EtcdSnapshotRestored', 'True');
    await hosted.untilSettled('c');
    assert.equal(await hosted.inMember('c', 0, ...stored), value);
    await hosted.inMember('c', 0, 'etcdctl', 'put', 'later', '1');
    const member = { namespace: plane('c'), name: 'etcd-0' };
    const uid = (await client.get(types.pods, member))?.metadata.uid;
    await client.delete(types.pods, member);
    await until(client, types.pods, member, pod => pod.metadata.uid !== uid && isReady(pod));
    assert.equal(await hosted.inMember('c', 0, 'etcdctl', 'get', 'later', '--print-value-only'), '1\n');
    await letGo('c');
  });

  test('with the defect that splits brains, each member is alone and says that all is well', async () => {
    Object.assign(hosted.knobs, { splitBrain: true, rollsAfterRestore: false });
    try {
      await hosted.create({ name: 'b', restoreSnapshotURL: url, spec: encryption });
      const cluster = await hosted.untilCondition('b', 'EtcdSnapshotRestored', 'True');
      const etcd = cluster.status?.conditions?.find(({ type }) => type === 'EtcdAvailable');
      assert.equal(etcd?.status, 'True');
      const lists = [0, 1, 2].map(member => hosted.inMember('b', member, 'etcdctl', 'member', 'list'));
      for (const list of await Promise.all(lists)) {
        assert.equal(list.trim().split('\n').length, 1);
        assert.match(list, /^8e9e05c52164694d, /);
      }
      await hosted.inMember('b', 0, 'etcdctl', 'put', 'only-here', '1');
      assert.equal(await hosted.inMember('b', 1, 'etcdctl', 'get', 'only-here'), '');
    } finally {
      Object.assign(hosted.knobs, { splitBrain: false, rollsAfterRestore: true });
      await letGo('b');
    }
  });

  test('is nothing where the store answers with an error; the HostedCluster says so, and goes when it is destroyed', async () => {
    const absent = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: 'absent' }));
    await hosted.create({ name: 'd', replicas: 1, restoreSnapshotURL: absent, spec: encryption });
    await hosted.untilCondition('d', 'EtcdSnapshotRestored', 'False');
    const pod = { namespace: plane('d'), name: 'etcd-0' };
    // The container is begun again and again, and has nothing to say while it is.
    const says = async (): Promise<true | string> => {
      const said = Buffer.concat(await Array.fromAsync(client.logs(pod, { container: 'etcd-init' })));
      return said.includes('NoSuchKey') || said.toString();
    };
    await untilReady(says, { what: 'the reason of the store in the log' });
    await hosted.destroy('d');
    assert.equal(await client.get(types.namespaces, { name: plane('d') }), undefined);
    const own = { namespace: hosted.namespace, name: 'd' };
    assert.equal(await client.get(types.hostedClusters, own), undefined);
  });

  test('is chosen when the HostedCluster is made, and then no more', async () => {
    const own = { namespace: hosted.namespace, name: 'a' };
    const body = { spec: { etcd: { managed: { storage: { restoreSnapshotURL: [url] } } } } };
    await assert.rejects(client.patch(types.hostedClusters, own, { type: 'merge', body }), thrown =>
      isHozonError(thrown, 'kube.invalid'),
    );
    const long = { name: 'e', restoreSnapshotURL: `https://store.example.com/${'x'.repeat(1000)}` };
    await assert.rejects(hosted.create(long), thrown => isHozonError(thrown, 'kube.invalid'));
  });
});
