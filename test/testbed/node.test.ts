import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { startApiServerFaults } from '#testbed/faults/targets.ts';
import { runOk } from '#testbed/processes.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  type TestNamespace,
  uniqueNamespace,
} from '#testbed/shared.ts';
import { get, type Pod, Scene } from './scene.ts';

let cluster: Cluster;
let client: KubeClient;
let namespace: TestNamespace;
let scene: Scene;

before(async () => {
  cluster = await sharedCluster();
  client = await clientOf(cluster);
  namespace = await uniqueNamespace(client);
  scene = new Scene(cluster, client, namespace.name);
});
after(async () => {
  await namespace[Symbol.asyncDispose]();
  await client.close();
});

test('a node runs a pod that is ready when its probe says so, with logs, exec and a network', async () => {
  const script = 'echo begun; mkdir /www; echo hello > /www/index.html; exec httpd -f -p 8080 -h /www';
  const readinessProbe = { httpGet: { port: 8080, path: '/index.html' }, periodSeconds: 1 };
  const running = await scene.runPod(scene.pod('web', { command: ['sh', '-c', script], readinessProbe }));
  assert.equal(await scene.kubectl('logs', 'web'), 'begun\n');
  assert.equal(await scene.kubectl('exec', 'web', '--', 'sh', '-c', 'echo $((6*7)); hostname'), '42\nweb\n');
  assert.equal(await get(`http://${running.status?.podIP}:8080/`), 'hello\n');
  const result = await client.exec(
    { namespace: namespace.name, name: 'web' },
    { command: ['sh', '-c', 'echo out; echo err >&2; exit 3'] },
  );
  assert.deepEqual(result, { exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
});

test('a node lets exec through the fault proxy', async () => {
  await scene.runPod(scene.pod('echo', { command: ['sleep', '3600'] }));
  const { proxy, kubeconfig } = await startApiServerFaults(cluster);
  await using _proxy = proxy;
  await using through = await connect({ kubeconfig });
  const command = ['sh', '-c', 'echo through'];
  const result = await through.exec({ namespace: namespace.name, name: 'echo' }, { command });
  assert.equal(result.stdout, 'through\n');
  const spdy = await runOk([
    cluster.kubectl,
    '--kubeconfig',
    kubeconfig,
    '-n',
    namespace.name,
    'exec',
    'echo',
    '--',
    ...command,
  ]);
  assert.equal(spdy, 'through\n');
  assert.ok(proxy.seen.some(({ path }) => path.includes('/exec')));
});

test('a node binds a claim when its pod comes, keeps its data on this machine, and removes both', async () => {
  const claims = await scene.typeNamed('persistentvolumeclaims');
  await client.create(claims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: namespace.name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const running = await scene.runPod(
    scene.pod(
      'writer',
      {
        command: ['sh', '-c', 'echo kept > /data/file; exec sleep 3600'],
        securityContext: { runAsUser: 1234 },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'scratch', mountPath: '/scratch' },
        ],
      },
      {
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
    ),
  );
  const claim = await scene.until(
    claims,
    'data',
    found => (found['status'] as { phase: string }).phase === 'Bound',
  );
  const volume = (claim['spec'] as { volumeName: string }).volumeName;
  const directory = join(cluster.node?.volumesDir ?? '', volume);
  assert.equal(await readFile(join(directory, 'file'), 'utf8'), 'kept\n');
  const mounts = join(cluster.node?.kubeletRoot ?? '', 'pods', running.metadata.uid ?? '', 'volumes');
  assert.equal(await readFile(join(mounts, 'kubernetes.io~local-volume', volume, 'file'), 'utf8'), 'kept\n');
  assert.deepEqual(await readdir(join(mounts, 'kubernetes.io~empty-dir')), ['scratch']);

  const volumes = await scene.typeNamed('persistentvolumes');
  const gone = scene.untilDeleted(volumes, volume);
  await client.delete(await scene.typeNamed('pods'), { namespace: namespace.name, name: 'writer' });
  await client.delete(claims, { namespace: namespace.name, name: 'data' });
  await gone;
  assert.equal(existsSync(directory), false);
});

test('a node runs an image that a test has made, whose pod reaches the S3 server', async () => {
  const store = await sharedObjectStore();
  assert.ok(store.podEndpoint, 'the shared store serves pods');
  const { hostname, port } = new URL(store.podEndpoint);
  await cluster.importImages([
    {
      name: 'hozon.dev/reacher:2',
      tags: ['hozon.dev/reacher:latest'],
      files: {
        '/bin/reach': {
          content: '#!/bin/sh\nnc -w 10 "$1" "$2" </dev/null && echo "$GREETING"\n',
          mode: 0o755,
        },
      },
      entrypoint: ['/bin/reach'],
      env: { GREETING: 'reached' },
    },
  ]);
  const image = { image: 'hozon.dev/reacher:latest', args: [hostname, port] };
  await client.create(await scene.typeNamed('pods'), scene.pod('reacher', image, { restartPolicy: 'Never' }));
  await scene.until(await scene.typeNamed('pods'), 'reacher', (found: Pod) =>
    /Succeeded|Failed/.test(found.status?.phase ?? ''),
  );
  assert.equal(await scene.kubectl('logs', 'reacher'), 'reached\n');
});

test('a cluster knows a user by the certificate it gives out, and lets it do nothing by itself', async () => {
  const kubeconfig = await cluster.createUser('alice', ['developers']);
  const who = await runOk([cluster.kubectl, '--kubeconfig', kubeconfig, 'auth', 'whoami', '-o', 'json']);
  const { userInfo } = (JSON.parse(who) as { status: { userInfo: { username: string; groups: string[] } } })
    .status;
  assert.equal(userInfo.username, 'alice');
  assert.ok(userInfo.groups.includes('developers'));
  await using alice = await connect({ kubeconfig });
  await assert.rejects(alice.get(await scene.typeNamed('namespaces'), { name: 'default' }), {
    code: 'kube.forbidden',
  });
});
