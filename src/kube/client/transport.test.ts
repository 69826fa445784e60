import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '../objects.ts';
import { statusOf } from '../status.ts';
import {
  configMaps,
  connectionTo,
  scriptedServer,
  sendJson,
  sendStatus,
} from '../testing/scripted-server.ts';
import { KubeClient } from './client.ts';

const key = { namespace: 'shop', name: 'a' };
const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key } };
const code = (wanted: string) => (thrown: unknown) => isHozonError(thrown, wanted);

suite('passing faults are outlasted', () => {
  test('429 and 5xx, with their Retry-After', async () => {
    const answers = [429, 503, 500];
    await using server = await scriptedServer((_request, response) => {
      const next = answers.shift();
      if (next === undefined) sendJson(response, 200, object);
      else sendStatus(response, next, 'Busy', { details: { retryAfterSeconds: 0.001 } });
    });
    const client = server.client();
    assert.deepEqual(await client.get(configMaps, key), object);
    const { requests, retries, throttled, concurrency } = client.stats();
    assert.deepEqual(
      { requests, retries, throttled, concurrency },
      { requests: 4, retries: 3, throttled: 1, concurrency: 8 },
    );
  });

  test('a cut before the answer and in the middle of it', async () => {
    let tries = 0;
    await using server = await scriptedServer((_request, response) => {
      tries++;
      if (tries === 1) response.destroy();
      else if (tries === 2) {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"kind":', () => response.destroy());
      } else sendJson(response, 200, object);
    });
    assert.deepEqual(await server.client().get(configMaps, key), object);
    assert.equal(tries, 3);
  });

  test('a server that goes silent, before the answer and in the middle of it', async () => {
    let tries = 0;
    await using server = await scriptedServer((_request, response) => {
      tries++;
      if (tries === 2) {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"kind":');
      } else if (tries === 3) sendJson(response, 200, object);
    });
    assert.deepEqual(await server.client({ idleTimeout: 200 }).get(configMaps, key), object);
    assert.equal(tries, 3);
  });
});

test('a fault that stays is reported, with what the server said', async () => {
  await using server = await scriptedServer((_request, response) =>
    sendStatus(response, 429, 'TooManyRequests'),
  );
  const thrown: unknown = await server
    .client()
    .get(configMaps, key)
    .catch((thrown: unknown) => thrown);
  assert.ok(isHozonError(thrown, 'kube.too-many-requests'));
  assert.equal(statusOf(thrown)?.reason, 'TooManyRequests');
  assert.equal(server.seen.length, 4);
});

test('a server that is not there is unreachable', async () => {
  await using server = await scriptedServer(() => {});
  const { connection } = server;
  await server[Symbol.asyncDispose]();
  await using client = new KubeClient(connection, { backoff: { attempts: 2, firstDelay: 1, maxDelay: 1 } });
  await assert.rejects(client.version(), code('kube.unreachable'));
  await assert.rejects(client.create(configMaps, object), code('kube.unreachable'));
  assert.equal(client.stats().retries, 2);
});

test('an answer may be only so large', async () => {
  await using server = await scriptedServer((_request, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(1024 * 1024, 32);
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    pour();
  });
  await assert.rejects(server.client().get(configMaps, key), code('kube.response-too-large'));
});

test('an answer that is not JSON names the likely cause', async () => {
  await using server = await scriptedServer((_request, response) => void response.end('<html>login</html>'));
  await assert.rejects(server.client().get(configMaps, key), code('kube.bad-response'));
});

test('an abort rejects with its own reason, also while waiting to try again', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  await using server = await scriptedServer((_request, response) => {
    sendStatus(response, 503, 'Away', { details: { retryAfterSeconds: 3600 } });
    setImmediate(() => abort.abort(reason));
  });
  await assert.rejects(
    server.client().get(configMaps, key, { signal: abort.signal }),
    thrown => thrown === reason,
  );
});

test('credentials that are refused are renewed once', async () => {
  let token = 'old';
  await using server = await scriptedServer((request, response) => {
    if (request.headers.authorization === 'Bearer new') sendJson(response, 200, object);
    else sendStatus(response, 401, 'Unauthorized');
  });
  const credentials = {
    current: () => Promise.resolve({ authorization: `Bearer ${token}` }),
    refresh: () => {
      token = token === 'old' ? 'new' : 'wrong';
      return true;
    },
  };
  await using client = new KubeClient(
    { ...server.connection, credentials },
    { backoff: { attempts: 3, firstDelay: 1, maxDelay: 1 } },
  );
  assert.deepEqual(await client.get(configMaps, key), object);
  token = 'wrong';
  await assert.rejects(client.get(configMaps, key), code('kube.unauthorized'));
});

suite('a create whose outcome is open', () => {
  const made = (seconds: number, manager: string): KubeObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      uid: '1',
      creationTimestamp: new Date(Date.now() - seconds * 1000).toISOString(),
      managedFields: [{ manager, operation: 'Update' }],
    },
  });
  /** Takes the object in, cuts the connection, and then says that it exists. */
  const cutting = (found: KubeObject) => {
    let posts = 0;
    return scriptedServer((request, response) => {
      if (request.method === 'GET') sendJson(response, 200, found);
      else if (++posts === 1) response.destroy();
      else sendStatus(response, 409, 'AlreadyExists');
    });
  };

  test('succeeded where the object there is ours', async () => {
    const found = made(0, 'hozon');
    await using server = await cutting(found);
    assert.deepEqual(await server.client().create(configMaps, object), found);
  });

  test('succeeded where nobody owns fields and the object there is what was sent, and only there', async () => {
    const unowned = { ...made(0, ''), data: { a: '1', defaulted: 'x' } };
    unowned.metadata.managedFields = [];
    const send = async (data: object): Promise<unknown> => {
      await using server = await cutting(unowned);
      return await server.client().create(configMaps, { ...object, data });
    };
    assert.deepEqual(await send({ a: '1' }), unowned);
    assert.deepEqual(await send({}), unowned);
    await assert.rejects(send({ a: '2' }), code('kube.already-exists'));
    await assert.rejects(send({ a: ['1'] }), code('kube.already-exists'));
  });

  test('failed where it is older, or of somebody else', async () => {
    for (const found of [made(60, 'hozon'), made(0, 'kubectl')]) {
      await using server = await cutting(found);
      await assert.rejects(server.client().create(configMaps, object), code('kube.already-exists'));
    }
  });

  test('is reported as open where the server stays away', async () => {
    await using server = await scriptedServer((_request, response) => void response.destroy());
    await assert.rejects(server.client().create(configMaps, object), code('kube.outcome-unknown'));
    assert.equal(server.seen.length, 4);
  });

  test('is not repeated without a name', async () => {
    await using server = await scriptedServer((_request, response) => void response.destroy());
    const unnamed = {
      ...object,
      metadata: { namespace: 'shop', generateName: 'a-' },
    } as unknown as KubeObject;
    await assert.rejects(server.client().create(configMaps, unnamed), code('kube.outcome-unknown'));
    assert.equal(server.seen.length, 1);
  });

  test('a plain AlreadyExists is one', async () => {
    await using server = await scriptedServer((_request, response) =>
      sendStatus(response, 409, 'AlreadyExists'),
    );
    await assert.rejects(server.client().create(configMaps, object), code('kube.already-exists'));
    assert.equal(server.seen.length, 1);
  });
});

test('a JSON patch is not sent twice, a merge patch is', async () => {
  await using server = await scriptedServer((_request, response) => void response.destroy());
  const client = server.client();
  await assert.rejects(
    client.patch(configMaps, key, { type: 'json', body: [] }),
    code('kube.outcome-unknown'),
  );
  assert.equal(server.seen.length, 1);
  await assert.rejects(
    client.patch(configMaps, key, { type: 'merge', body: {} }),
    code('kube.connection-lost'),
  );
  assert.equal(server.seen.length, 5);
});

test('an object that is gone when a delete is repeated was deleted', async () => {
  let tries = 0;
  await using server = await scriptedServer((_request, response) => {
    if (++tries === 1) response.destroy();
    else sendStatus(response, 404, 'NotFound');
  });
  const client = server.client();
  assert.equal(await client.delete(configMaps, key), true);
  assert.equal(await client.delete(configMaps, key), false);
});

test('requests carry who we are, who we act as, and what is asked', async () => {
  await using server = await scriptedServer((_request, response) => sendJson(response, 200, object));
  const impersonation = {
    user: 'jane',
    groups: ['a', 'b'],
    uid: '7',
    extra: { 'example.org/x y%': ['1', '2'] },
  };
  await using client = new KubeClient({ ...server.connection, impersonation });
  await client.patch(
    configMaps,
    key,
    { type: 'apply', body: object, force: true },
    { fieldManager: 'me', dryRun: true, subresource: 'status' },
  );
  const [seen] = server.seen;
  assert.match(seen?.headers['user-agent'] ?? '', /^hozon\/\d/);
  assert.equal(seen?.path, '/api/v1/namespaces/shop/configmaps/a/status');
  assert.equal(seen.query.toString(), 'fieldManager=me&dryRun=All&force=true');
  assert.equal(seen.headers['content-type'], 'application/apply-patch+yaml');
  const pairs = seen.rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && name.startsWith('Impersonate') ? [[name, seen.rawHeaders[at + 1]]] : [],
  );
  assert.deepEqual(pairs, [
    ['Impersonate-User', 'jane'],
    ['Impersonate-Group', 'a'],
    ['Impersonate-Group', 'b'],
    ['Impersonate-Uid', '7'],
    ['Impersonate-Extra-example.org%2Fx%20y%25', '1'],
    ['Impersonate-Extra-example.org%2Fx%20y%25', '2'],
  ]);
});

test('names cannot change what a URL means', async () => {
  await using client = new KubeClient(connectionTo('http://127.0.0.1:1'));
  for (const name of ['..', '.', '', 'a/b'])
    await assert.rejects(client.get(configMaps, { namespace: 'shop', name }), /not a name|needs/);
  await assert.rejects(client.get(configMaps, { namespace: '..', name: 'a' }), /not a name/);
});

test('a server that accepts and never speaks TLS is given up', async () => {
  const held: Socket[] = [];
  const mute = createServer(socket => void held.push(socket)).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  await using client = new KubeClient(connectionTo(`https://127.0.0.1:${port}`), {
    connectTimeout: 100,
    backoff: { attempts: 1, firstDelay: 1, maxDelay: 1 },
  });
  await assert.rejects(client.version(), code('kube.unreachable'));
  for (const socket of held) socket.destroy();
  mute.close();
});
