import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { explainFinding } from '#projects/findings.ts';
import { importProject } from '#projects/import.ts';
import { holds } from '#projects/merge.ts';
import { readExport } from '#projects/read.ts';
import { formatYaml } from '#projects/yaml.ts';
import { estateImages, streamImages } from '#testbed/estate/images.ts';
import { removeProjects } from '#testbed/estate/removal.ts';
import { pushImage } from '#testbed/openshift/image-stream-controller.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { until } from '../estate/until.ts';
import { differences } from './differences.ts';
import { EstateProjects, orders, web } from './estate-projects.ts';

/** Objects of kinds that usually are the cluster's own, made by a person. */
const handmade: readonly KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', annotations: { note: 'ours' } },
    imagePullSecrets: [{ name: 'registry-credentials' }],
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ci', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'robot', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    type: 'kubernetes.io/service-account-token',
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'outside' },
    spec: { ports: [{ name: 'db', port: 5432, protocol: 'TCP', targetPort: 5432 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'outside' },
    subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ name: 'db', port: 5432, protocol: 'TCP' }] }],
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'traps' },
    data: { yes: 'no', octal: '0777', time: '12:30', text: ' a\n\n\tb \n', uid: '123e4' },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alone', labels: { app: 'alone' } },
    spec: { containers: [{ name: 'alone', image: '10.111.255.221:5000/projects-handmade/alone:1' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few' },
    spec: { hard: { pods: '1' } },
  },
];

async function untilAccount(client: KubeClient, namespace: string): Promise<void> {
  const accounts = await typeNamed(client, 'serviceaccounts');
  await until(client, accounts, { namespace, name: 'default' }, account => 'imagePullSecrets' in account);
}

/** The token controller has seen the secret and its account: where it misses the account, it deletes the secret. */
function hasToken(secret: KubeObject): boolean {
  return textAt(secret, 'data', 'token') !== undefined;
}

describe('an exported project imported', () => {
  let estate: EstateProjects;

  before(async () => {
    estate = await EstateProjects.start();
  });

  after(() => estate?.[Symbol.asyncDispose]());

  test('under another name, everything is as it was but for what the cluster gives', async () => {
    const { directory, plan } = await estate.exported(web, 'renamed');
    const result = await importProject(estate.client, directory, { as: 'projects-again' });
    const bad = result.objects.filter(({ outcome }) => outcome === 'failed' || outcome === 'kept');
    assert.deepEqual(bad, [], JSON.stringify(result.findings, undefined, 1));
    const images = await estateImages();
    for (const stream of streamImages) {
      const { digest } = images[stream];
      await pushImage(estate.client, { namespace: 'projects-again', stream, tag: 'latest', digest });
    }
    await estate.settled('projects-again');
    const [original, imported] = [await estate.objectsIn(web), await estate.objectsIn('projects-again')];
    const skipped = new Set(plan.skipped.map(({ object }) => `${object.kind}/${object.name}`));
    let compared = 0;
    for (const [name, object] of original) {
      if (skipped.has(`${object.kind}/${object.metadata.name}`)) continue;
      const there = imported.get(name);
      assert.ok(there, `${name} was imported`);
      compared++;
      const found = differences(object, there).filter(each => !mayDiffer(object, each));
      assert.deepEqual(found, [], name);
    }
    const ofTypes = plan.files.filter(({ resource }) => !['all', 'namespaces'].includes(resource));
    assert.equal(compared, ofTypes.flatMap(({ objects }) => objects).length);
    const namespaces = await typeNamed(estate.client, 'namespaces');
    const again = await estate.client.get(namespaces, { name: 'projects-again' });
    assert.equal(again?.metadata.labels?.['team'], 'web');
    assert.equal(textAt(again, 'metadata', 'annotations', 'openshift.io/display-name'), 'My Project');
    const second = await importProject(estate.client, directory, {
      as: 'projects-again',
      intoExisting: true,
    });
    assert.deepEqual(new Set(second.objects.map(({ outcome }) => outcome)), new Set(['same']));
    await removeProjects(estate.client, ['projects-again']);
  });

  test('a deleted project comes back under its own name', async () => {
    const before = await estate.objectsIn(orders);
    const { directory, plan } = await estate.exported(orders, 'orders');
    await assert.rejects(importProject(estate.client, directory), thrown =>
      isHozonError(thrown, 'projects.project-exists'),
    );
    const dry = await importProject(estate.client, directory, { dryRun: true, as: 'projects-dry' });
    assert.deepEqual(dry.objects, []);
    assert.ok(dry.plan.steps.length > 10);
    assert.equal(
      await estate.client.get(await typeNamed(estate.client, 'namespaces'), { name: 'projects-dry' }),
      undefined,
    );
    await removeProjects(estate.client, [orders]);
    const phases = new Set<string>();
    const result = await importProject(estate.client, directory, {
      progress: ({ phase }) => phases.add(phase),
    });
    assert.deepEqual([...phases], ['create']);
    const failed = result.findings.filter(({ severity }) => severity === 'error');
    assert.deepEqual(failed, []);
    const there = await estate.objectsIn(orders);
    const skipped = new Set(plan.skipped.map(({ object }) => `${object.kind}/${object.name}`));
    for (const [name, object] of before) {
      if (!skipped.has(`${object.kind}/${object.metadata.name}`)) assert.ok(there.has(name), name);
    }
    const before0 = before.get('persistentvolumeclaims/data-orders-db-0');
    if (before0 !== undefined) assert.ok(there.has('persistentvolumeclaims/data-orders-db-0'));
  });

  besideOthers(() => estate);
});

/** Objects that meet others of their name: the cluster's own, or somebody else's. */
function besideOthers(current: () => EstateProjects): void {
  test('what somebody added to what the cluster makes is carried, with what no controller makes', async () => {
    const estate = current();
    const { client } = estate;
    const namespace = 'projects-handmade';
    await estate.kubectl('create', 'namespace', namespace);
    const file = join(estate.root, 'handmade.yaml');
    await writeFile(file, formatYaml({ apiVersion: 'v1', kind: 'List', items: handmade }));
    await untilAccount(client, namespace);
    await estate.kubectl('apply', '--server-side', '--force-conflicts', '-n', namespace, '-f', file);
    const { directory, plan } = await estate.exported(namespace, 'handmade');
    assert.deepEqual(
      plan.findings.filter(({ code }) => code === 'image-internal').map(({ object }) => object?.kind),
      ['Pod'],
    );
    await removeProjects(client, [namespace]);
    const { objects } = await importProject(client, directory);
    assert.deepEqual(
      objects.filter(({ outcome }) => !['created', 'merged', 'same'].includes(outcome)),
      [],
    );
    const secrets = await typeNamed(client, 'secrets');
    for (const name of ['ci', 'robot']) await until(client, secrets, { namespace, name }, hasToken);
    for (const wanted of handmade) {
      const type = (await client.discover()).resolve(wanted.kind);
      assert.ok(type);
      const there = await client.get(type, { namespace, name: wanted.metadata.name });
      const { imagePullSecrets, ...rest } = wanted;
      assert.ok(holds(there, rest), `${wanted.kind} ${wanted.metadata.name}: ${JSON.stringify(there)}`);
      const pulls = JSON.stringify(there?.['imagePullSecrets'] ?? []);
      if (Array.isArray(imagePullSecrets)) assert.match(pulls, /"registry-credentials"/);
    }
    await removeProjects(client, [namespace]);
  });

  test('what is there already is merged, left or refused, and the rest goes on', async () => {
    const estate = current();
    const { directory } = await estate.exported(web, 'merge');
    const { objects } = await readExport(directory);
    assert.ok(objects.length > 30);
    await estate.kubectl('create', 'namespace', 'projects-merge');
    await estate.kubectl(
      'create',
      'configmap',
      'ruby-ex-settings',
      '-n',
      'projects-merge',
      '--from-literal=mine=1',
    );
    const broken = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'broken' }, spec: { ports: [] } };
    await writeFile(join(directory, 'broken.yaml'), formatYaml(broken));
    const result = await importProject(estate.client, directory, {
      as: 'projects-merge',
      intoExisting: true,
    });
    const outcomes = new Map(result.objects.map(({ object, outcome }) => [object.name, outcome]));
    assert.equal(outcomes.get('ruby-ex-settings'), 'kept');
    assert.equal(outcomes.get('broken'), 'failed');
    const failure = result.findings.find(({ code }) => code === 'create-failed');
    assert.match(failure === undefined ? '' : explainFinding(failure, 'en'), /spec\.ports/);
    // what OpenShift gives every project may be there already
    const rest = result.objects.filter(({ outcome }) => outcome === 'created' || outcome === 'same');
    assert.equal(rest.length, result.objects.length - 2);
    await removeProjects(estate.client, ['projects-merge']);
  });
}

/** What the new cluster or the new name decides; everything else has to be the same. */
function mayDiffer(object: KubeObject, difference: string): boolean {
  const [path = ''] = difference.split(': ');
  const always =
    /^(metadata\.(uid|resourceVersion|creationTimestamp|generation|managedFields|namespace|selfLink)|status)\b/;
  if (always.test(path)) return true;
  const byKind: Readonly<Record<string, RegExp>> = {
    Service: /^spec\.(clusterIPs?|ports\[\d+\]\.nodePort)\b/,
    Route: /^spec\.host$/,
    ServiceAccount: /^(secrets|imagePullSecrets)\b/,
    RoleBinding: /^subjects\[\d+\]\.(namespace|name)$/,
    DeploymentConfig:
      /^spec\.triggers\[\d+\]\.imageChangeParams\.(from\.namespace|lastTriggeredImage)$|\.image$/,
    Pod: /^/,
  };
  const renamedTo = difference.replaceAll('projects-again', web).split(': ').slice(1).join(': ').split(' → ');
  if (object.kind === 'RoleBinding' || object.kind === 'DeploymentConfig') {
    return byKind[object.kind]?.test(path) === true && renamedTo[0] === renamedTo[1];
  }
  return byKind[object.kind]?.test(path) === true;
}
