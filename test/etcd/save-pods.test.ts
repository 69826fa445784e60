import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { fileSink } from '#etcd/save/file-sink.ts';
import { reachPod } from '#etcd/save/reach.ts';
import { saveSnapshot } from '#etcd/save/save-snapshot.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { makeEtcdCertificates } from '#testbed/etcd/certificates.ts';
import { importEtcdImage } from '#testbed/etcd/pods.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueName, uniqueNamespace } from '#testbed/shared.ts';
import { bindRoles } from '../restore/binding.ts';

const image = 'hozon.dev/etcd:3.6';
const keys = ['k1', 'k2', 'k3', 'k4'];

let root: string;
let cluster: Cluster;
let client: KubeClient;
let namespace: TestNamespace;
let caFile: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-save-pods-'));
  cluster = await sharedCluster('full');
  client = await clientOf(cluster);
  namespace = await uniqueNamespace(client);
  await importEtcdImage(cluster, '3.6');
  await createSecrets();
  await client.create(podType, etcdPod(namespace.name));
  await untilRunning();
  const script = keys.map(
    key => `head -c 900000 /dev/urandom | base64 | head -c 900000 | etcdctl put ${key}`,
  );
  await inPod(
    'sh',
    '-c',
    ['export ETCDCTL_COMMAND_TIMEOUT=180s ETCDCTL_DIAL_TIMEOUT=180s', ...script].join('\n'),
  );
});
after(async () => {
  await namespace?.[Symbol.asyncDispose]();
  await client?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

async function createSecrets(): Promise<void> {
  const certificates = await makeEtcdCertificates(root, ['m0']);
  caFile = certificates.client.caFile;
  const [member, outside] = [certificates.member('m0'), certificates.client];
  const text = (path: string): Promise<string> => readFile(path, 'base64');
  const secrets = {
    'etcd-certs': {
      'ca.crt': await text(member.caFile),
      'member.crt': await text(member.certFile),
      'member.key': await text(member.keyFile),
    },
    'etcd-client-tls': {
      'etcd-client-ca.crt': await text(outside.caFile),
      'etcd-client.crt': await text(outside.certFile),
      'etcd-client.key': await text(outside.keyFile),
    },
  };
  const type = (await client.discover()).byName('secrets');
  assert.ok(type !== undefined);
  for (const [name, data] of Object.entries(secrets)) {
    await client.create(type, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: namespace.name },
      data,
    });
  }
}

/** As static pods of etcd are, but that its data is in memory. */
function etcdPod(where: string): KubeObject {
  const certs = [
    '--trusted-ca-file=/certs/ca.crt',
    '--cert-file=/certs/member.crt',
    '--key-file=/certs/member.key',
  ];
  const command = [
    'etcd',
    '--name=m0',
    '--data-dir=/var/lib/etcd',
    '--listen-client-urls=https://0.0.0.0:2379',
    '--advertise-client-urls=https://localhost:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--client-cert-auth',
    ...certs,
  ];
  const env = [
    { name: 'ETCDCTL_CACERT', value: '/certs/ca.crt' },
    { name: 'ETCDCTL_CERT', value: '/certs/member.crt' },
    { name: 'ETCDCTL_KEY', value: '/certs/member.key' },
    { name: 'ETCDCTL_ENDPOINTS', value: 'https://localhost:2379' },
  ];
  const volumeMounts = [
    { name: 'data', mountPath: '/var/lib/etcd' },
    { name: 'certs', mountPath: '/certs', readOnly: true },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'etcd-0', namespace: where, labels: { app: 'etcd' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'sidecar',
          image: 'hozon.dev/busybox:1',
          imagePullPolicy: 'Never',
          command: ['sleep', '36000'],
        },
        { name: 'etcd', image, imagePullPolicy: 'Never', command, env, volumeMounts },
      ],
      volumes: [
        { name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '400Mi' } },
        { name: 'certs', secret: { secretName: 'etcd-certs' } },
      ],
    },
  };
}

async function untilRunning(): Promise<void> {
  const options = { namespace: namespace.name, signal: AbortSignal.timeout(300_000) };
  for await (const event of client.watch(podType, options)) {
    if (event.type === 'BOOKMARK') continue;
    const { phase } = event.object['status'] as { phase?: string };
    if (phase === 'Running') return;
  }
}

async function inPod(...command: string[]): Promise<string> {
  const pod = { namespace: namespace.name, name: 'etcd-0' };
  const { exitCode, stdout, stderr } = await client.exec(pod, { container: 'etcd', command });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

function save(words: readonly string[], kubeconfig = cluster.kubeconfig): Promise<Ran> {
  const argv = ['etcd', 'snapshot', 'save', ...words, '--kubeconfig', kubeconfig];
  return runHere(argv, { env: { HOME: root, ...patient }, clock: systemClock });
}

/** A busy machine is not taken for a member that does not answer. */
const patient = { ETCDCTL_COMMAND_TIMEOUT: '120s' };

const pod = (): string => `${namespace.name}/etcd-0`;

/** Saves, and looks at what was saved and at what is left in the pod. */
async function savesWhole(words: readonly string[], kubeconfig?: string): Promise<Ran> {
  const path = await mkdtemp(join(root, 'd-'));
  const ran = await save([path, '--pod', pod(), ...words], kubeconfig);
  assert.equal(ran.code, 0, ran.err);
  const [name = ''] = await readdir(path);
  assert.match(name, /^snapshot_.*\.db$/);
  const file = join(path, name);
  assert.deepEqual((await verifySnapshot(file)).findings, []);
  using bolt = BoltFile.open(file);
  const held = await keysAt(new Records(bolt));
  assert.deepEqual(
    keys.map(key => held.get(Buffer.from(key))?.value.length),
    keys.map(() => 900_000),
  );
  assert.equal(await inPod('ls', '/var/lib/etcd'), 'member\n');
  return ran;
}

test('through a forwarded port, with the certificates that lie in the pod', async () => {
  const { out, err } = await savesWhole([]);
  assert.match(out, new RegExp(`Taken of: +pod ${pod()}`));
  assert.doesNotMatch(err, /etcdctl is run in it/);
});

test('through a forwarded port, with the certificate of a Secret', async () => {
  await savesWhole(['--secret', `${namespace.name}/etcd-client-tls`, '--container', 'etcd']);
});

test('by etcdctl in the container, where that is asked for', async () => {
  await savesWhole(['--via', 'exec']);
});

test('who stops in the middle leaves nothing in the pod, where etcdctl has written', async () => {
  const path = await mkdtemp(join(root, 'd-'));
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('stop');
  const request = {
    pod: { namespace: namespace.name, name: 'etcd-0' },
    via: 'exec' as const,
    timeoutMs: 120_000,
  };
  const left: string[] = [];
  {
    await using reached = await reachPod(client, request, { signal, onLeft: place => left.push(place) });
    const progress = (): void => controller.abort(reason);
    const saving = saveSnapshot(reached.source, fileSink(path), { name: 'x.db', progress, signal });
    await assert.rejects(saving, thrown => thrown === reason);
  }
  assert.deepEqual(left, []);
  assert.deepEqual(await readdir(path), []);
  assert.equal(await inPod('ls', '/var/lib/etcd'), 'member\n');
});

test('an authority that is given by hand replaces that of the pod, and its certificate stays', async () => {
  await savesWhole(['--cacert', caFile, '--server-name', 'localhost']);
});

test('by etcdctl in the container, where no port may be forwarded', async () => {
  const user = uniqueName('operator');
  await mayExec(user);
  const { err } = await savesWhole([], await cluster.createUser(user));
  assert.match(err, /etcdctl is run in it/);
});

/** The right to look at pods and to run commands in them, and no more. */
async function mayExec(user: string): Promise<void> {
  const rules = [
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
  ];
  const metadata = { name: user, namespace: namespace.name };
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules };
  await bindRoles(client, [role], user);
}

test('etcdctl writes nothing where the disk of etcd could become full', async () => {
  const path = await mkdtemp(join(root, 'd-'));
  await inPod(
    'sh',
    '-c',
    'dd if=/dev/zero of=/var/lib/etcd/member/filler bs=1M count=1000 2>/dev/null || true',
  );
  try {
    const { code, err } = await save([path, '--pod', pod(), '--via', 'exec']);
    assert.equal(code, 1);
    assert.match(err, /could fill the disk of etcd[^]*etcd\.pod-no-space/);
  } finally {
    await inPod('rm', '/var/lib/etcd/member/filler');
  }
  assert.equal(await inPod('ls', '/var/lib/etcd'), 'member\n');
  assert.deepEqual(await readdir(path), []);
});

test('pods, containers and Secrets that are not there are named', async () => {
  const path = await mkdtemp(join(root, 'd-'));
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--pod', `${namespace.name}/etcd-9`], /etcd\.pod-missing/],
    [['--pod', pod(), '--container', 'api'], /it has sidecar, etcd[^]*etcd\.pod-container/],
    [['--pod', pod(), '--secret', `${namespace.name}/absent`], /etcd\.pod-secret/],
    [['--pod', pod(), '--container', 'sidecar'], /etcd\.pod-certificates/],
  ];
  for (const [words, expected] of cases) {
    const { code, err } = await save([path, ...words]);
    assert.notEqual(code, 0);
    assert.match(err, expected);
  }
  assert.deepEqual(await readdir(path), []);
});
