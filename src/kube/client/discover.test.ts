import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scriptedServer, sendJson, sendStatus } from '../testing/scripted-server.ts';

const resource = (name: string, kind: string, extra: Record<string, unknown> = {}) => ({
  resource: name,
  responseKind: { group: '', version: 'v1', kind },
  scope: 'Namespaced',
  singularResource: kind.toLowerCase(),
  verbs: ['get', 'list'],
  ...extra,
});

test('aggregated discovery: preferred versions, no subresources, stale groups named', async () => {
  await using server = await scriptedServer((request, response) => {
    const core = [
      {
        metadata: {},
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              resource('pods', 'Pod', { shortNames: ['po'], subresources: [{ subresource: 'log' }] }),
              resource('namespaces', 'Namespace', { scope: 'Cluster' }),
            ],
          },
        ],
      },
    ];
    const groups = [
      {
        metadata: { name: 'example.org' },
        versions: [
          { version: 'v2', freshness: 'Current', resources: [resource('widgets', 'Widget')] },
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              resource('widgets', 'Widget'),
              resource('olds', 'Old'),
              { resource: 'bare', subresources: [] },
            ],
          },
        ],
      },
      { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] },
    ];
    sendJson(response, 200, {
      kind: 'APIGroupDiscoveryList',
      items: request.path === '/api' ? core : groups,
    });
  });
  const client = server.client();
  const discovery = await client.discover();
  assert.deepEqual(
    discovery.preferred.map(type => `${type.resource}.${type.version}.${type.group}`),
    ['pods.v1.', 'namespaces.v1.', 'widgets.v2.example.org', 'olds.v1.example.org'],
  );
  assert.equal(discovery.all.length, 5);
  assert.equal(discovery.resolve('po')?.kind, 'Pod');
  assert.equal(discovery.byName('namespaces')?.namespaced, false);
  assert.deepEqual(
    discovery.unavailable.map(group => group.groupVersion),
    ['metrics.k8s.io/v1beta1'],
  );
  assert.match(server.seen[0]?.headers.accept ?? '', /as=APIGroupDiscoveryList/);
  assert.equal(await client.discover(), discovery);
  assert.notEqual(await client.discover({ refresh: true }), discovery);
});

test('plain discovery of older servers: a group that does not answer costs only itself', async () => {
  await using server = await scriptedServer((request, response) => {
    const plain = (name: string, kind: string) => ({
      name,
      kind,
      singularName: '',
      namespaced: true,
      verbs: ['get'],
    });
    switch (request.path) {
      case '/api':
        return sendJson(response, 200, { kind: 'APIVersions', versions: ['v1'] });
      case '/api/v1':
        return sendJson(response, 200, {
          kind: 'APIResourceList',
          resources: [plain('pods', 'Pod'), plain('pods/log', 'Pod')],
        });
      case '/apis':
        return sendJson(response, 200, {
          kind: 'APIGroupList',
          groups: [
            {
              name: 'x.org',
              versions: [{ groupVersion: 'x.org/v1' }, { groupVersion: 'x.org/v2' }],
              preferredVersion: { groupVersion: 'x.org/v2' },
            },
            {
              name: 'down.org',
              versions: [{ groupVersion: 'down.org/v1' }],
              preferredVersion: { groupVersion: 'down.org/v1' },
            },
          ],
        });
      case '/apis/down.org/v1':
        return sendStatus(response, 503, 'ServiceUnavailable');
      default:
        return sendJson(response, 200, { kind: 'APIResourceList', resources: [plain('things', 'Thing')] });
    }
  });
  const discovery = await server.client().discover();
  assert.deepEqual(
    discovery.all.map(type => `${type.resource}.${type.version}.${type.group}`),
    ['pods.v1.', 'things.v2.x.org', 'things.v1.x.org'],
  );
  assert.equal(discovery.byName('pods')?.singular, 'pod');
  assert.equal(discovery.unavailable[0]?.groupVersion, 'down.org/v1');
  assert.match(discovery.unavailable[0]?.reason ?? '', /503/);
});

test('a discovery that failed is not remembered', async () => {
  let broken = true;
  await using server = await scriptedServer((_request, response) =>
    broken
      ? sendStatus(response, 403, 'Forbidden')
      : sendJson(response, 200, { kind: 'APIGroupDiscoveryList', items: [] }),
  );
  const client = server.client();
  await assert.rejects(client.discover());
  broken = false;
  assert.deepEqual((await client.discover()).all, []);
});
