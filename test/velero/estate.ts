import { readFile } from 'node:fs/promises';
import type { KubeApi } from '#kube/api.ts';
import { textAt } from '#kube/fields.ts';
import { type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import { installDefinitions, parseObjects, typeNamed } from '#testbed/openshift/kinds.ts';

const manifest = new URL('estate.yaml', import.meta.url);

/** Makes the objects of `estate.yaml` and waits until controllers have nothing left to do with them. */
export async function makeEstate(client: KubeApi): Promise<void> {
  const objects = parseObjects(await readFile(manifest, 'utf8'));
  const [definitions, others] = partition(objects, ({ kind }) => kind === 'CustomResourceDefinition');
  await installDefinitions(client, definitions);
  for (const object of others) await client.create(await typeOf(client, object), object);
  await client.delete(await typeNamed(client, 'gadgets.factory.example.com'), {
    namespace: 'shop',
    name: 'going',
  });
  await settle(client);
}

function partition<T>(all: readonly T[], isFirst: (each: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter(each => !isFirst(each))];
}

async function typeOf(client: KubeApi, object: KubeObject): Promise<ResourceType> {
  const { preferred } = await client.discover();
  const [group = '', version] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion];
  const found = preferred.find(
    type => type.kind === object.kind && type.group === group && type.version === version,
  );
  if (found === undefined) throw new Error(`no type for ${object.apiVersion} ${object.kind}`);
  return found;
}

/** What controllers make of the estate, each known by the first object in which that shows. */
const signs: readonly { resource: string; key: string; shows: (object: KubeObject) => boolean }[] = [
  { resource: 'persistentvolumeclaims', key: 'shop/data', shows: isIn('Bound') },
  { resource: 'persistentvolumeclaims', key: 'shop-test/waiting', shows: isIn('Pending') },
  {
    resource: 'deployments.apps',
    key: 'shop/web',
    shows: object => textAt(object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision') === '1',
  },
  { resource: 'replicasets.apps', key: 'shop/web-', shows: () => true },
  { resource: 'endpoints', key: 'shop/web', shows: () => true },
  { resource: 'endpointslices.discovery.k8s.io', key: 'shop/web-', shows: () => true },
  { resource: 'controllerrevisions.apps', key: 'desk/desk-', shows: () => true },
  { resource: 'configmaps', key: 'nothing/kube-root-ca.crt', shows: () => true },
  { resource: 'serviceaccounts', key: 'nothing/default', shows: () => true },
];

function isIn(phase: string): (object: KubeObject) => boolean {
  return object => textAt(object, 'status', 'phase') === phase;
}

async function settle(client: KubeApi): Promise<void> {
  const signal = AbortSignal.timeout(180_000);
  for (const { resource, key, shows } of signs) {
    const [namespace = '', name = ''] = key.split('/');
    const type = await typeNamed(client, resource);
    for await (const event of client.watch(type, { namespace, signal })) {
      if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
      const isIt = name.endsWith('-')
        ? keyOf(event.object).name.startsWith(name)
        : keyOf(event.object).name === name;
      if (isIt && shows(event.object)) break;
    }
  }
}
