import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ExecResult } from '#kube/api.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type OwnCluster, startCluster } from '#testbed/cluster/cluster.ts';
import { deployEstate, estateNamespaces } from '#testbed/estate/deploy.ts';
import { describeEstate } from '#testbed/estate/describe.ts';
import { estateImageRequests, estateImages } from '#testbed/estate/images.ts';
import { removeProjects } from '#testbed/estate/removal.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import type { StandIn } from '#testbed/openshift/reconciler.ts';
import { startOpenShift } from '#testbed/openshift/stand-ins.ts';

describe('the sample estate on a real node', () => {
  const { web, orders } = estateNamespaces;
  let cluster: OwnCluster;
  let client: KubeClient;
  let standIns: StandIn;

  before(async () => {
    cluster = await startCluster();
    await cluster.importImages(await estateImageRequests(web));
    client = await connect({ kubeconfig: cluster.kubeconfig });
    standIns = await startOpenShift(client, { covers: name => name === web || name === orders });
    await deployEstate(client);
  });

  after(async () => {
    await standIns.stop();
    await client.close();
    await cluster.stop();
  });

  async function podOf(namespace: string, labelSelector: string): Promise<KubeObject> {
    const pods = await Array.fromAsync(
      client.list(await typeNamed(client, 'pods'), { namespace, labelSelector }),
    );
    const [pod] = pods;
    assert.ok(pod, `there is a pod with ${labelSelector} in ${namespace}`);
    return pod;
  }

  function inDatabase(...command: string[]): Promise<ExecResult> {
    return client.exec({ namespace: orders, name: 'orders-db-0' }, { container: 'orders-db', command });
  }

  test('runs what the specification lists', async () => {
    const rows = await describeEstate(client, [web, orders]);
    const states = new Map(rows.map(row => [row.name.replace(/-(?!build)[a-z0-9]{5}$/, ''), row.state]));
    for (const name of ['guestbook', 'hello-openshift', 'ruby-ex']) {
      assert.equal(states.get(`dc/${name}`), '1/1 ready');
      assert.equal(states.get(`rc/${name}-1`), '1/1 ready');
      assert.equal(states.get(`po/${name}-1`), 'Ready');
    }
    assert.equal(states.get('po/ruby-ex-1-build'), 'Succeeded');
    assert.equal(states.get('sts/orders-db'), '1/1 ready');
    assert.equal(states.get('pvc/data-orders-db-0'), 'Bound');
    assert.equal(states.get('job/orders-migrate'), 'Complete');
  });

  test('ruby-ex runs from its digest in the internal registry and answers', async () => {
    const pod = await podOf(web, 'deploymentconfig=ruby-ex');
    const { containers } = pod['spec'] as { containers: { image: string }[] };
    const { digest } = (await estateImages())['ruby-ex'];
    assert.equal(containers[0]?.image, `10.111.255.221:5000/${web}/ruby-ex@${digest}`);
    const page = await client.exec(
      { namespace: web, name: pod.metadata.name },
      { command: ['wget', '-qO-', 'http://127.0.0.1:8080/'] },
    );
    assert.match(page.stdout, /Welcome to your Ruby application/);
  });

  test('quiescing puts every row into the volume and refuses more until it is released', async () => {
    const inserted = await inDatabase('orders-insert', 'before the backup');
    assert.equal(inserted.exitCode, 0, inserted.stderr);
    const quiesced = await inDatabase('/bin/quiesce');
    const rows = Number(/quiesced with (\d+) rows/.exec(quiesced.stdout)?.[1]);
    assert.ok(rows >= Number(inserted.stdout), quiesced.stdout);
    assert.equal((await inDatabase('orders-insert', 'refused')).exitCode, 75);
    assert.equal((await inDatabase('cat', '/var/lib/orders/quiesced')).stdout, `rows=${rows}\n`);
    const stored = (await inDatabase('cat', '/var/lib/orders/rows.csv')).stdout.trimEnd().split('\n');
    assert.equal(stored.length, rows);
    assert.ok(stored.some(row => row.endsWith(',before the backup')));
    assert.equal((await inDatabase('/bin/unquiesce')).exitCode, 0);
    assert.equal((await inDatabase('orders-insert', 'after')).exitCode, 0);
    const history = (await inDatabase('cat', '/var/lib/orders/history.log')).stdout;
    assert.match(history, new RegExp(`^started rows=0\nquiesced rows=${rows}\nreleased\n$`));
  });

  test('its projects go, finalizers and all, and can be made again', async () => {
    await removeProjects(client, [web, orders]);
    assert.deepEqual(await describeEstate(client, [web, orders]), []);
    await deployEstate(client);
    assert.equal(
      (await inDatabase('head', '-n', '1', '/var/lib/orders/history.log')).stdout,
      'started rows=0\n',
    );
  });
});
