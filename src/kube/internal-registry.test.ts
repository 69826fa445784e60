import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeApi } from './api.ts';
import { Discovery } from './discovery.ts';
import { raise } from './errors.ts';
import { readInternalRegistry, readRegistryHost } from './internal-registry.ts';
import { formatKey, groupResource, type KubeObject, parseApiVersion, type ResourceType } from './objects.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function object(apiVersion: string, kind: string, name: string, rest: Record<string, unknown>): KubeObject {
  const [namespace, plain] = name.includes('/') ? name.split('/') : [undefined, name];
  return { apiVersion, kind, metadata: { name: plain ?? '', ...(namespace && { namespace }) }, ...rest };
}

const config = object('config.openshift.io/v1', 'Image', 'cluster', {
  status: { internalRegistryHostname: 'image-registry.openshift-image-registry.svc:5000' },
});
const stream = object('image.openshift.io/v1', 'ImageStream', 'openshift/httpd', {
  status: {
    dockerImageRepository: '10.1.2.3:5000/openshift/httpd',
    tags: [{ tag: 'latest', items: [{ image: digest }] }],
  },
});
const service4 = object('v1', 'Service', 'openshift-image-registry/image-registry', {
  spec: { ports: [{ port: 5000 }] },
});
const service3 = object('v1', 'Service', 'default/docker-registry', {
  spec: { clusterIP: '172.30.1.1', ports: [{ port: 5000 }] },
});

const typeOf = ({ apiVersion, kind }: KubeObject): ResourceType => ({
  ...parseApiVersion(apiVersion),
  kind,
  resource: `${kind.toLowerCase()}s`,
  namespaced: kind !== 'Image',
  verbs: ['get', 'list'],
  shortNames: [],
  singular: kind.toLowerCase(),
});

/** A cluster with these objects that forbids some of its types. */
function cluster(objects: readonly KubeObject[], forbidden: readonly string[] = []) {
  const types = [config, stream, service4].map(typeOf);
  const of = (type: ResourceType): KubeObject[] => {
    if (forbidden.includes(groupResource(type))) {
      throw raise.forbidden({ server: 'https://api', what: 'list', message: 'no' } as never);
    }
    return objects.filter(each => groupResource(typeOf(each)) === groupResource(type));
  };
  const api: Pick<KubeApi, 'discover' | 'get' | 'list'> = {
    discover: async () => new Discovery(types),
    get: async (type, key) => of(type).find(({ metadata }) => formatKey(metadata) === formatKey(key)),
    async *list(type) {
      yield* of(type);
    },
  };
  return { api };
}

test('the registry is where the image configuration, the streams or its service say, in that order', async () => {
  const four = 'image-registry.openshift-image-registry.svc:5000';
  const found = async (...objects: KubeObject[]) => (await readInternalRegistry(cluster(objects)))?.host;
  assert.equal(await found(config, stream, service3), four);
  assert.equal(await found(stream, service4), '10.1.2.3:5000');
  assert.equal(await found(service4), four);
  assert.equal(await found(service3), '172.30.1.1:5000');
  assert.equal(await found(), undefined);
  assert.equal(await readRegistryHost(cluster([stream])), '10.1.2.3:5000');
  assert.equal(await readRegistryHost(cluster([config])), four);
});

test('the shared images are known by their digests, or not known where they may not be listed', async () => {
  const known = await readInternalRegistry(cluster([config, stream]));
  assert.deepEqual([...(known?.shared ?? [])], [digest]);
  const unread = await readInternalRegistry(cluster([config, stream], ['imagestreams.image.openshift.io']));
  assert.equal(unread?.shared, undefined);
  assert.ok(unread);
  const nothing = ['imagestreams.image.openshift.io', 'images.config.openshift.io', 'services'];
  assert.equal(await readRegistryHost(cluster([config, stream, service4], nothing)), undefined);
});

test('a cluster without image streams is asked nothing', async () => {
  const api = {
    discover: async () => new Discovery([]),
    get: () => assert.fail('asked'),
    list: () => assert.fail('asked'),
  };
  assert.equal(await readRegistryHost({ api }), undefined);
  assert.equal(await readInternalRegistry({ api }), undefined);
});
