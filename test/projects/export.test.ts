import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import { connect } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { exportProject } from '#projects/export.ts';
import { explainFinding, type Finding } from '#projects/findings.ts';
import { importProject } from '#projects/import.ts';
import { formatYaml } from '#projects/yaml.ts';
import { untilGranted } from '#testbed/cluster/rights.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { until } from '../estate/until.ts';
import { EstateProjects, web } from './estate-projects.ts';

/** Characters that mean something to some YAML parser. */
const yamlCharacters = ` \t\n-:#'"|>&*!%@\`{}[],?~=<.0123e_xyn\r\u0085\u2028\ufeff`.split('');

function about(findings: readonly Finding[], code: string): (string | undefined)[] {
  return findings.filter(each => each.code === code).map(each => each.object?.name);
}

describe('a project exported to files', () => {
  let estate: EstateProjects;

  before(async () => {
    estate = await EstateProjects.start();
  });

  after(() => estate?.[Symbol.asyncDispose]());

  test('the export holds what somebody wrote, a file a type, and says what it lacks', async () => {
    const { directory, plan, manifest } = await estate.exported(web, 'contents');
    const names = await readdir(directory);
    const expected = [
      'buildconfigs.build.openshift.io.yaml',
      'configmaps.yaml',
      'deploymentconfigs.apps.openshift.io.yaml',
      'horizontalpodautoscalers.autoscaling.yaml',
      'hozon-export.json',
      'imagestreams.image.openshift.io.yaml',
      'limitranges.yaml',
      'namespaces.yaml',
      'networkpolicies.networking.k8s.io.yaml',
      'poddisruptionbudgets.policy.yaml',
      'project.yaml',
      'rolebindings.rbac.authorization.k8s.io.yaml',
      'roles.rbac.authorization.k8s.io.yaml',
      'routes.route.openshift.io.yaml',
      'secrets.yaml',
      'serviceaccounts.yaml',
      'services.yaml',
      'templates.template.openshift.io.yaml',
    ];
    assert.deepEqual(names.sort(), expected);
    for (const name of names) assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);

    const skipped = new Map(
      plan.skipped.map(({ object, reason }) => [`${object.kind}/${object.name}`, reason]),
    );
    assert.equal(skipped.get('ReplicationController/ruby-ex-1'), 'controlled');
    assert.equal(skipped.get('Build/ruby-ex-1'), 'controlled');
    assert.equal(skipped.get('Endpoints/ruby-ex'), 'service-endpoints');
    assert.equal(skipped.get('ConfigMap/kube-root-ca.crt'), 'injected-ca');
    assert.equal(skipped.get('ServiceAccount/builder'), 'default-service-account');
    assert.equal([...skipped.values()].filter(reason => reason === 'dockercfg').length, 4);

    const digests = about(plan.findings, 'image-digest-internal');
    assert.deepEqual(new Set(digests), new Set(['guestbook', 'hello-openshift', 'ruby-ex']));
    const text = plan.findings
      .filter(({ code, object }) => code === 'image-digest-internal' && object?.name === 'ruby-ex')
      .map(each => explainFinding(each, 'en'))
      .join();
    assert.match(
      text,
      /10\.111\.255\.221:5000\/projects-web\/ruby-ex@sha256:[0-9a-f]{64}.*follows ruby-ex:latest/,
    );
    assert.deepEqual(about(plan.findings, 'route-host-generated'), ['ruby-ex']);
    assert.deepEqual(about(plan.findings, 'route-host-fixed'), ['guestbook']);
    assert.deepEqual(about(plan.findings, 'generated-secrets-dropped'), ['guestbook']);
    assert.deepEqual(about(plan.findings, 'node-port-dropped'), ['ruby-ex']);
    assert.deepEqual(about(plan.findings, 'id-ranges-dropped'), [web]);
    assert.equal(about(plan.findings, 'cluster-grant').length, 1);

    assert.equal(manifest.complete, true);
    assert.equal(manifest.namespace, web);
    assert.ok(
      manifest.unexported.some(({ resource, reason }) => resource === 'events' && reason === 'event'),
    );
    const unlisted = manifest.unexported.filter(({ reason }) => reason === 'method-not-allowed');
    assert.deepEqual(unlisted.map(({ resource }) => resource).sort(), [
      'bindings',
      'localsubjectaccessreviews.authorization.k8s.io',
    ]);
    const stored: unknown = JSON.parse(await readFile(join(directory, 'hozon-export.json'), 'utf8'));
    assert.deepEqual(stored, JSON.parse(JSON.stringify(manifest)));
  });

  asKubectlReads(() => estate);
  rightsAndGaps(() => estate);
});

/** What kubectl makes of the files. */
function asKubectlReads(current: () => EstateProjects): void {
  test('kubectl creates every file in an empty project', async () => {
    const estate = current();
    const { directory, plan } = await estate.exported(web, 'kubectl');
    await estate.kubectl('create', 'namespace', 'by-kubectl');
    try {
      const files = plan.files.filter(({ resource }) => !['all', 'namespaces'].includes(resource));
      for (const { name, objects } of files) {
        const { stdout } = await estate.kubectl(
          'create',
          '-n',
          'by-kubectl',
          '-o',
          'name',
          '-f',
          join(directory, name),
        );
        assert.equal(stdout.trim().split('\n').length, objects.length, name);
      }
      const dry = ['create', '-n', web, '--dry-run=client', '-o', 'name', '-f'];
      const { stdout } = await estate.kubectl(...dry, join(directory, 'project.yaml'));
      const overview = plan.files.find(({ resource }) => resource === 'all');
      assert.equal(stdout.trim().split('\n').length, overview?.objects.length);
    } finally {
      await estate.kubectl('delete', 'namespace', 'by-kubectl', '--wait=false');
    }
  });

  test('kubectl reads every text as it was', async () => {
    const estate = current();
    const texts = fc.sample(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.string({
          unit: fc.constantFrom(...yamlCharacters),
          maxLength: 12,
        }),
      ),
      2000,
    );
    const special = [
      'yes',
      'NO',
      '0o17',
      '0x1_0',
      '1:20',
      '.inf',
      '<<',
      '2001-01-01',
      ' a',
      'a ',
      '\n',
      'a\n\n',
    ];
    const data = Object.fromEntries([...special, ...texts].map((text, index) => [`k${index}`, text]));
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'texts', namespace: web }, data };
    const file = join(estate.root, 'texts.yaml');
    await writeFile(file, formatYaml({ apiVersion: 'v1', kind: 'List', items: [map] }));
    const { stdout } = await estate.kubectl('create', '--dry-run=client', '-o', 'json', '-f', file);
    assert.deepEqual((JSON.parse(stdout) as { data: unknown }).data, data);
  });
}

/** Where the server or the user's rights leave gaps. */
function rightsAndGaps(current: () => EstateProjects): void {
  test('a group whose server is gone is named, and the export is not called complete', async () => {
    const estate = current();
    const services = await typeNamed(estate.client, 'apiservices.apiregistration.k8s.io');
    const dead: KubeObject = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.dead.example.com' },
      spec: {
        group: 'dead.example.com',
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { name: 'nobody', namespace: web },
      },
    };
    await estate.client.create(services, dead);
    try {
      await until(estate.client, services, { name: dead.metadata.name }, object =>
        JSON.stringify(object['status'] ?? {}).includes('"status":"False"'),
      );
      const deadline = AbortSignal.timeout(180_000);
      const unavailable = async () => (await estate.client.discover({ refresh: true })).unavailable;
      while ((await unavailable()).length === 0) deadline.throwIfAborted();
      const { manifest } = await estate.exported(web, 'dead');
      const gone = manifest.unexported.filter(({ reason }) => reason === 'unavailable');
      assert.deepEqual(
        gone.map(({ resource }) => resource),
        ['dead.example.com/v1'],
      );
      assert.equal(manifest.complete, false);
    } finally {
      await estate.client.delete(services, { name: dead.metadata.name });
      await estate.client.discover({ refresh: true });
    }
  });

  test('a user who may read little exports that little and learns what is missing', async () => {
    const estate = current();
    const kubeconfig = await estate.cluster.createUser('reader');
    await using reader = await connect({ kubeconfig });
    const options = { directory: join(estate.root, 'reader') };
    await assert.rejects(exportProject(reader, web, options), thrown =>
      isHozonError(thrown, 'projects.nothing-readable'),
    );
    await estate.kubectl(
      'create',
      'role',
      'reader',
      '-n',
      web,
      '--verb=list',
      '--resource=configmaps,services',
    );
    await estate.kubectl('create', 'rolebinding', 'reader', '-n', web, '--role=reader', '--user=reader');
    const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['list'] }];
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader', namespace: web },
    };
    await untilGranted(estate.client, 'reader', [{ ...role, rules }]);
    const { plan, manifest } = await exportProject(reader, web, options);
    assert.deepEqual(await readdir(options.directory).then(names => names.sort()), [
      'configmaps.yaml',
      'hozon-export.json',
      'project.yaml',
      'services.yaml',
    ]);
    const forbidden = plan.unexported.filter(({ reason }) => reason === 'forbidden');
    assert.ok(
      forbidden.some(({ resource, detail }) => resource === 'secrets' && /reader/.test(detail ?? '')),
    );
    assert.ok(forbidden.some(({ resource }) => resource === 'deploymentconfigs.apps.openshift.io'));
    assert.equal(manifest.complete, false);
    assert.ok(plan.findings.some(({ code }) => code === 'namespace-unreadable'));
    await assert.rejects(importProject(reader, options.directory, { as: 'projects-denied' }), thrown =>
      isHozonError(thrown, 'kube.forbidden'),
    );
  });

  test('an interrupted export leaves nothing', async () => {
    const estate = current();
    const interrupted = new AbortController();
    const { signal } = interrupted;
    const directory = join(estate.root, 'interrupted');
    const progress = ({ phase, done }: ProgressEvent): void => {
      if (phase === 'write' && done === 3) interrupted.abort();
    };
    await assert.rejects(exportProject(estate.client, web, { directory, progress, signal }), {
      name: 'AbortError',
    });
    const left = (await readdir(estate.root)).filter(name => name.includes('interrupted'));
    assert.deepEqual(left, []);
  });

  test('a project that is not there leaves no directory', async () => {
    const estate = current();
    const directory = join(estate.root, 'nothing');
    await assert.rejects(exportProject(estate.client, 'no-such-project', { directory }), thrown =>
      isHozonError(thrown, 'projects.project-not-found'),
    );
    assert.equal((await readdir(estate.root)).includes('nothing'), false);
  });
}
