import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi, ListOptions } from '../api.ts';
import { configMaps, type Script, scriptedServer, sendJson, sendStatus } from '../testing/scripted-server.ts';
import { listObjects } from './list.ts';

const all = Array.from({ length: 10 }, (_, index) => `o${index}`);

/** Serves `names()` by pages as an API server does; the continue token is the place to go on from. */
function listing(names: () => readonly string[]): Script {
  return (request, response) => {
    const limit = Number(request.query.get('limit'));
    const from = Number(request.query.get('continue') ?? 0);
    const page = names().slice(from, from + limit);
    const next = from + limit < names().length ? String(from + limit) : undefined;
    const items = page.map(name => ({ metadata: { name, namespace: 'shop', uid: `uid-${name}` } }));
    sendJson(response, 200, {
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '7', continue: next },
      items,
    });
  };
}

async function namesOf(client: KubeApi, options: ListOptions = {}): Promise<string[]> {
  const names: string[] = [];
  for await (const object of client.list(configMaps, { pageSize: 3, ...options }))
    names.push(object.metadata.name);
  return names;
}

test('a list comes in pages, its items say what they are', async () => {
  await using server = await scriptedServer(listing(() => all));
  const client = server.client();
  assert.deepEqual(
    await namesOf(client, { namespace: 'shop', labelSelector: 'a in (b)', fieldSelector: 'x=y' }),
    all,
  );
  assert.equal(server.seen.length, 4);
  assert.equal(server.seen[1]?.path, '/api/v1/namespaces/shop/configmaps');
  assert.equal(
    server.seen[1]?.query.toString(),
    'limit=3&continue=3&labelSelector=a+in+%28b%29&fieldSelector=x%3Dy',
  );
  for await (const { apiVersion, kind } of client.list(configMaps))
    assert.deepEqual([apiVersion, kind], ['v1', 'ConfigMap']);
});

suite('a 410 in the middle', () => {
  test("goes on with the server's token", async () => {
    let refused = false;
    await using server = await scriptedServer((request, response) => {
      if (request.query.get('continue') === '6' && !refused) {
        refused = true;
        return sendStatus(response, 410, 'Expired', { metadata: { continue: '6' } });
      }
      return listing(() => all)(request, response);
    });
    assert.deepEqual(await namesOf(server.client()), all);
    assert.equal(server.seen.length, 5);
  });

  test('begins again without a token and yields nothing twice', async () => {
    let now: readonly string[] = all;
    await using server = await scriptedServer((request, response) => {
      if (request.query.get('continue') === '6' && now === all) {
        now = ['new', ...all.filter(name => name !== 'o8')];
        return sendStatus(response, 410, 'Expired');
      }
      return listing(() => now)(request, response);
    });
    assert.deepEqual(await namesOf(server.client()), [
      'o0',
      'o1',
      'o2',
      'o3',
      'o4',
      'o5',
      'new',
      'o6',
      'o7',
      'o9',
    ]);
  });

  test('is passed on when it never ends', async () => {
    await using server = await scriptedServer((request, response) =>
      request.query.get('continue') === null
        ? listing(() => all)(request, response)
        : sendStatus(response, 410, 'Expired'),
    );
    await assert.rejects(namesOf(server.client()), thrown => isHozonError(thrown, 'kube.gone'));
  });
});

test('429, 5xx and a cut in the middle cost a repetition of the page', async () => {
  const faults = ['429', '503', 'cut', 'cut'];
  await using server = await scriptedServer((request, response) => {
    const fault = request.query.get('continue') === null ? undefined : faults.shift();
    if (fault === undefined) return listing(() => all)(request, response);
    if (fault !== 'cut') return sendStatus(response, Number(fault), 'Busy');
    response.writeHead(200, { 'content-type': 'application/json' });
    return void response.write('{"items":[{"metadata":{"na', () => response.destroy());
  });
  assert.deepEqual(
    await namesOf(server.client({ backoff: { attempts: 6, firstDelay: 1, maxDelay: 2 } })),
    all,
  );
  assert.equal(server.seen.length, 8);
});

test('one page more is fetched while this one is read, not two', async () => {
  await using server = await scriptedServer(listing(() => all));
  for await (const object of server.client().list(configMaps, { pageSize: 2 })) {
    await new Promise(setImmediate);
    const page = Math.floor(all.indexOf(object.metadata.name) / 2) + 1;
    assert.ok(server.seen.length <= page + 1, `page ${page}: ${server.seen.length} requests`);
  }
});

test('a reader that stops early ends the request for the next page', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  await using server = await scriptedServer((request, response) => {
    if (request.query.get('continue') === null) return listing(() => all)(request, response);
    ask();
    return void response.on('close', resolve); // never answered
  });
  for await (const object of server.client().list(configMaps, { pageSize: 3 })) {
    assert.equal(object.metadata.name, 'o0');
    await asked;
    break;
  }
  await cut;
});

test('an answer that is no list is refused', async () => {
  await using server = await scriptedServer((_request, response) =>
    sendJson(response, 200, { items: [{ metadata: {} }] }),
  );
  await assert.rejects(namesOf(server.client()), thrown => isHozonError(thrown, 'kube.bad-response'));
});

test('pages become smaller when they are heavy', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `o${index}`);
  await using server = await scriptedServer(listing(() => names));
  const limits = { most: 1000, ample: 300 };
  const found: string[] = [];
  for await (const object of listObjects(server.transport(), configMaps, { pageSize: 32, limits })) {
    found.push(object.metadata.name);
  }
  assert.deepEqual(found, names);
  const sizes = server.seen.map(request => Number(request.query.get('limit')));
  assert.deepEqual(sizes.slice(0, 3), [32, 16, 8]); // too large, too large, heavy
  assert.ok((sizes.at(-1) ?? 0) < 8, sizes.join());
});

test('a single object that is too large is reported', async () => {
  await using server = await scriptedServer(listing(() => all));
  const limits = { most: 50, ample: 50 };
  const list = listObjects(server.transport(), configMaps, { limits });
  await assert.rejects(list.next(), thrown => isHozonError(thrown, 'kube.response-too-large'));
});
