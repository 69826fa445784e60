import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { suite, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { connect, KubeClient } from '#kube/client/client.ts';
import type { TransportOptions } from '#kube/client/transport.ts';
import { live } from './live.ts';

const up = live('light', async ({ client, type, configMap }) => {
  const data = { text: 'x'.repeat(2000) };
  await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      client.create(type('configmaps'), configMap(`o${index}`, data)),
    ),
  );
});

/** What is done to one connection: after so many bytes from the server it is cut, or nothing more is passed on. */
type Fault = { readonly cutAfter: number } | { readonly stallAfter: number } | undefined;

/** A way to the real API server, through a CONNECT proxy whose connections suffer what `fault` says of each, from 0. */
async function through(fault: (connection: number) => Fault, options: TransportOptions = {}) {
  let count = 0;
  const sockets = new Set<Duplex>();
  const proxy = http.createServer().on('connect', (request, down) => {
    const [host, port] = (request.url ?? '').split(':');
    const doom = fault(count++);
    let passed = 0;
    const upstream = net.connect(Number(port), host, () => down.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [down, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        down.destroy();
        upstream.destroy();
      });
    }
    down.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      if (doom === undefined) down.write(chunk);
      else if ('cutAfter' in doom && passed > doom.cutAfter) down.destroy();
      else if (!('stallAfter' in doom) || passed <= doom.stallAfter) down.write(chunk);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const client = new KubeClient(
    { ...up().client.connection, proxy: `http://127.0.0.1:${port}` },
    { backoff: { attempts: 8, firstDelay: 1, maxDelay: 10 }, ...options },
  );
  return {
    client,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      await client.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

const handshake = 8000; // bytes a TLS handshake and a short answer fit in

async function names(client: KubeClient, pageSize: number): Promise<Set<string>> {
  const { type, namespace } = up();
  const found = new Set<string>();
  for await (const object of client.list(type('configmaps'), { namespace, pageSize })) {
    assert.ok(!found.has(object.metadata.name), `${object.metadata.name} came twice`);
    found.add(object.metadata.name);
  }
  return found;
}

suite('between here and a real API server', () => {
  test('connections that are cut in the middle of pages cost no object', async () => {
    await using faulty = await through(connection =>
      connection < 5 ? { cutAfter: handshake + connection * 20_000 } : undefined,
    );
    assert.equal((await names(faulty.client, 50)).size, 201);
    assert.ok(faulty.client.stats().retries >= 4);
  });

  test('connections that fall silent cost no object', async () => {
    const options = { idleTimeout: 3000 }; // longer than a busy server is silent
    await using faulty = await through(
      connection => (connection < 2 ? { stallAfter: handshake + 40_000 } : undefined),
      options,
    );
    assert.equal((await names(faulty.client, 50)).size, 201);
    assert.ok(faulty.client.stats().retries >= 2);
  });

  test('a connection that always breaks is reported', async () => {
    await using faulty = await through(() => ({ cutAfter: handshake }));
    await assert.rejects(names(faulty.client, 500), thrown => isHozonError(thrown, 'kube.connection-lost'));
  });

  test('creates whose answers are lost are done once', async () => {
    const { client, type, configMap, namespace } = up();
    // The first connections die as soon as the server says anything after its handshake.
    await using faulty = await through(connection => (connection < 8 ? { cutAfter: 3000 } : undefined), {
      concurrency: 4,
    });
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        faulty.client.create(type('configmaps'), configMap(`lost-${index}`)),
      ),
    );
    assert.ok(faulty.client.stats().requests > 20, 'no answer was lost');
    for (const object of created) {
      const found = await client.get(type('configmaps'), { namespace, name: object.metadata.name });
      assert.equal(found?.metadata.uid, object.metadata.uid);
    }
  });

  test('a watch goes on over a cut', async () => {
    const { client, type, configMap, namespace } = up();
    await using faulty = await through(connection => (connection === 0 ? { cutAfter: 20_000 } : undefined));
    const interruptions: unknown[] = [];
    const seen = new Set<string>();
    const options = {
      namespace,
      labelSelector: 'cut=yes',
      signal: AbortSignal.timeout(180_000),
      onInterruption: (thrown: unknown) => interruptions.push(thrown),
    };
    const make = async (index: number): Promise<void> => {
      const object = configMap(`cut-${index}`, { text: 'x'.repeat(1000) });
      await client.create(type('configmaps'), {
        ...object,
        metadata: { ...object.metadata, labels: { cut: 'yes' } },
      });
    };
    for await (const event of faulty.client.watch(type('configmaps'), options)) {
      if (event.type !== 'BOOKMARK') {
        assert.equal(event.type, 'ADDED');
        assert.ok(!seen.has(event.object.metadata.name));
        seen.add(event.object.metadata.name);
      }
      if (seen.size === 20) break;
      await make(seen.size);
    }
    assert.equal(seen.size, 20);
    assert.ok(interruptions.length > 0, 'the watch was never cut');
  });
});

test('a real API server that says 429 is heeded until everything is done', async () => {
  const { cluster, client, type, namespace } = up();
  const flow = (kind: string, spec: object) => ({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind,
    metadata: { name: namespace },
    spec,
  });
  const levels = type('prioritylevelconfigurations.flowcontrol.apiserver.k8s.io');
  const schemas = type('flowschemas.flowcontrol.apiserver.k8s.io');
  const limited = {
    nominalConcurrencyShares: 1,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  };
  const user = `${namespace}-crowd`;
  const subjects = [{ kind: 'User', user: { name: user } }];
  const resourceRules = [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces: ['*'], clusterScope: true },
  ];
  await client.create(type('rolebindings.rbac.authorization.k8s.io'), {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: user, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
  await client.create(levels, flow('PriorityLevelConfiguration', { type: 'Limited', limited }));
  await client.create(
    schemas,
    flow('FlowSchema', {
      priorityLevelConfiguration: { name: namespace },
      matchingPrecedence: 50,
      rules: [{ subjects, resourceRules }],
    }),
  );
  try {
    await using crowd = await connect({
      kubeconfig: await cluster.createUser(user),
      concurrency: 32,
    });
    const deadline = AbortSignal.timeout(180_000);
    // The flow schema takes effect a moment after it was made.
    while (crowd.stats().throttled === 0) {
      deadline.throwIfAborted();
      const lists = Array.from({ length: 32 }, () => names(crowd, 500));
      for (const found of await Promise.all(lists)) assert.ok(found.size >= 201);
    }
    assert.ok(crowd.stats().concurrency < 32);
    assert.ok(crowd.stats().retries >= crowd.stats().throttled);
  } finally {
    await client.delete(schemas, { name: namespace });
    await client.delete(levels, { name: namespace });
  }
});
