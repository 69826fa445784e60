import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { expired, tooManyRequests } from '#testbed/faults/rules.ts';
import {
  type ApiServerFaults,
  startApiServerFaults,
  startObjectStoreFaults,
} from '#testbed/faults/targets.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  type TestNamespace,
  uniqueBucket,
  uniqueNamespace,
} from '#testbed/shared.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One plain request, so that what the proxy did is seen and not what a client made of it. */
async function ask(
  url: string,
  options: { ca: Buffer; method?: string; headers?: Record<string, string>; body?: Buffer },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { body, ...rest } = options;
  const sent = request(url, { ...rest, agent: false }, response => {
    let text = '';
    response.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

describe('in front of an API server, the fault proxy', () => {
  let faults: ApiServerFaults;
  let direct: KubeClient;
  let through: KubeClient;
  let namespace: TestNamespace;
  let ca: Buffer;
  let configMaps: ResourceType;
  const configMap = (name: string, data = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: namespace.name },
    data,
  });

  before(async () => {
    const cluster = await sharedCluster('light');
    faults = await startApiServerFaults(cluster);
    direct = await clientOf(cluster);
    through = await connect({ kubeconfig: faults.kubeconfig });
    namespace = await uniqueNamespace(direct);
    ca = await readFile(cluster.caFile);
    const found = (await direct.discover()).byName('configmaps');
    assert.ok(found);
    configMaps = found;
  });
  after(async () => {
    await namespace[Symbol.asyncDispose]();
    await Promise.all([direct.close(), through.close(), faults.proxy.stop()]);
  });

  it('keeps who the client is by its certificate', async () => {
    const reviews = (await through.discover()).byName('selfsubjectreviews.authentication.k8s.io');
    assert.ok(reviews);
    const review = await through.create(reviews, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: { name: '' },
    });
    const { userInfo } = review['status'] as { userInfo: { username: string; groups: string[] } };
    assert.equal(userInfo.username, 'admin');
    assert.deepEqual(userInfo.groups.toSorted(), ['system:authenticated', 'system:masters']);
  });

  it('does not believe what a client says of itself', async () => {
    const headers = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters' };
    const { status, text } = await ask(`${faults.proxy.url}/api/v1/secrets`, { ca, headers });
    assert.equal(status, 403);
    assert.match(text, /system:anonymous/);
  });

  it('answers 429 and 410 in the server’s place, then lets through', async () => {
    faults.proxy.setRules([
      { name: 'busy', path: '/version', fault: tooManyRequests(7) },
      { name: 'old', path: '/version', nth: 2, fault: expired },
    ]);
    const url = `${faults.proxy.url}/version`;
    const [busy, old, fine] = [await ask(url, { ca }), await ask(url, { ca }), await ask(url, { ca })];
    assert.equal(busy.status, 429);
    assert.equal(busy.headers['retry-after'], '7');
    assert.equal(old.status, 410);
    const status = JSON.parse(old.text) as { kind: string; reason: string; code: number };
    assert.deepEqual([status.kind, status.reason, status.code], ['Status', 'Expired', 410]);
    assert.equal(fine.status, 200);
    assert.deepEqual(faults.proxy.count('busy'), { matched: 3, fired: 1 });
    assert.equal(faults.proxy.fired, 2);
    assert.deepEqual(
      faults.proxy.seen.slice(-3).map(({ rule }) => rule),
      ['busy', 'old', undefined],
    );
  });

  it('survives with a client that tries again', async () => {
    faults.proxy.setRules([{ name: 'some', chance: 0.3, fault: { kind: 'status', status: 503 } }]);
    await Promise.all(Array.from({ length: 20 }, (_, i) => direct.create(configMaps, configMap(`c${i}`))));
    const names: string[] = [];
    const list = through.list(configMaps, { namespace: namespace.name, pageSize: 3 });
    for await (const object of list) names.push(object.metadata.name);
    assert.equal(names.filter(name => /^c\d+$/.test(name)).length, 20);
    assert.ok(faults.proxy.fired > 0);
  });

  it('cuts before the request is done, or after', async () => {
    const url = `${faults.proxy.url}/version`;
    faults.proxy.setRules([{ name: 'cut', path: '/version', fault: { kind: 'cut', at: 'request' } }]);
    await assert.rejects(ask(url, { ca }), { code: 'ECONNRESET' });
    faults.proxy.setRules([
      { name: 'unanswered', method: 'POST', path: 'configmaps', fault: { kind: 'cut', at: 'answer' } },
    ]);
    await through.create(configMaps, configMap('arrived')).catch(() => {}); // a good client finds out by itself
    assert.equal(faults.proxy.count('unanswered').fired, 1);
    const found = await direct.get(configMaps, { namespace: namespace.name, name: 'arrived' });
    assert.equal(found?.metadata.name, 'arrived');
  });

  it('stalls until it is told to go on', async () => {
    faults.proxy.setRules([{ name: 'stall', path: '/version', fault: { kind: 'stall' } }]);
    const order: string[] = [];
    const asked = ask(`${faults.proxy.url}/version`, { ca }).then(() => order.push('answered'));
    await faults.proxy.untilFired('stall');
    assert.equal((await ask(`${faults.proxy.url}/readyz`, { ca })).status, 200);
    order.push('released');
    faults.proxy.release('stall');
    await asked;
    assert.deepEqual(order, ['released', 'answered']);
  });

  it('passes a watch on as it comes, and cuts it on demand', async () => {
    faults.proxy.setRules([]);
    const events: string[] = [];
    for await (const event of through.watch(configMaps, { namespace: namespace.name })) {
      if (event.type === 'BOOKMARK') {
        if (events.length > 0 && !events.includes('cut')) {
          faults.proxy.cutAll();
          events.push('cut');
          await direct.create(configMaps, configMap('watched'));
        }
      } else if (event.object.metadata.name === 'watched') break;
      else events.push(event.object.metadata.name);
    }
    assert.ok(events.includes('cut'));
  });
});

describe('in front of an S3 server, the fault proxy', () => {
  let store: TestObjectStore;
  let Bucket: string;
  before(async () => {
    store = await sharedObjectStore();
    Bucket = await uniqueBucket(store);
    const client = await s3Client(store);
    await client.send(new PutObjectCommand({ Bucket, Key: 'object', Body: Buffer.alloc(300_000, 'x') }));
    client.destroy();
  });

  it('serves on when rules that somebody waits for are replaced', async () => {
    const { proxy } = await startObjectStoreFaults(store);
    await using _ = proxy;
    const ca = await readFile(store.caFile ?? '');
    proxy.setRules([{ name: 'late', nth: 1000, fault: { kind: 'cut', at: 'request' } }]);
    const fired = assert.rejects(proxy.untilFired('late'), /took the place of late/);
    proxy.setRules([]);
    await fired;
    assert.equal((await ask(proxy.url, { ca })).status, 403);
    await assert.rejects(proxy.untilFired('late'), /no fault rule is called late/);
    assert.equal((await ask(proxy.url, { ca })).status, 403);
  });

  it('leaves signatures intact and truncates without a word', async () => {
    const { proxy, store: faulty } = await startObjectStoreFaults(store, {
      rules: [
        { name: 'short', method: 'GET', path: '/object', fault: { kind: 'truncate', answerBytes: 100_000 } },
      ],
    });
    await using _proxy = proxy;
    const client = await s3Client(faulty);
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'object' }));
    const ca = await readFile(store.caFile ?? '');
    const short = await ask(url, { ca });
    assert.deepEqual(
      [short.status, short.headers['content-length'], short.text.length],
      [200, '100000', 100_000],
    );
    assert.equal((await ask(url, { ca })).text.length, 300_000);
    client.destroy();
  });

  it('cuts in the middle of a body, either way', async () => {
    const { proxy, store: faulty } = await startObjectStoreFaults(store, {
      rules: [
        { name: 'answer', method: 'GET', path: '/object', fault: { kind: 'cut', answerBytes: 100_000 } },
        { name: 'request', method: 'PUT', times: 10, fault: { kind: 'cut', requestBytes: 50_000 } },
      ],
    });
    await using _proxy = proxy;
    const client = await s3Client(faulty);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'object' }));
    await assert.rejects(async () => Body?.transformToByteArray(), { code: 'ECONNRESET' });
    const body = Buffer.alloc(300_000);
    await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'half', Body: body })));
    client.destroy();
    assert.ok(proxy.count('request').fired > 0);
    const direct = await s3Client(store);
    await assert.rejects(direct.send(new HeadObjectCommand({ Bucket, Key: 'half' })), { name: 'NotFound' });
    direct.destroy();
  });

  it('goes on after a stall in the middle of a body', async () => {
    const { proxy, store: faulty } = await startObjectStoreFaults(store, {
      rules: [
        { name: 'pause', method: 'GET', path: '/object', fault: { kind: 'stall', answerBytes: 100_000 } },
      ],
    });
    await using _proxy = proxy;
    const client = await s3Client(faulty);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'object' }));
    await proxy.untilFired('pause');
    const read = Body?.transformToByteArray();
    proxy.release('pause');
    assert.equal((await read)?.length, 300_000);
    client.destroy();
  });
});
