import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '#kube/objects.ts';
import { movedImage, withMovedImages } from './images.ts';
import type { RegistryMove } from './registry.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const here = { host: 'image-registry.openshift-image-registry.svc:5000', shared: new Set([digest]) };
const move: RegistryMove = { from: new Set(['10.1.2.3:5000']), here };
const map = (namespace: string): string => (namespace === 'old' ? 'new' : namespace);
const at = (path: string): string => `${here.host}/${path}`;

test('a reference to the internal registry names this one, and the project as it is called here', () => {
  const cases: [string, string][] = [
    [`10.1.2.3:5000/old/app@${digest}`, at(`new/app@${digest}`)],
    ['10.1.2.3:5000/old/app:v1', at('new/app:v1')],
    ['10.1.2.3:5000/other/app', at('other/app')],
    [`10.1.2.3:5000/openshift/httpd@${digest}`, at(`openshift/httpd@${digest}`)],
    [`10.1.2.3:5000/openshift/httpd@${other}`, at('openshift/httpd')],
    ['10.1.2.30:5000/old/app', '10.1.2.30:5000/old/app'],
    [`registry.example.org/old/app@${digest}`, `registry.example.org/old/app@${digest}`],
    ['docker.io/library/httpd:2', 'docker.io/library/httpd:2'],
    ['see 10.1.2.3:5000/old/app', 'see 10.1.2.3:5000/old/app'],
  ];
  for (const [from, to] of cases) assert.equal(movedImage(from, move, map), to);
});

test('where this cluster does not say where its registry is, or which images it shares, they stay', () => {
  const unknown = { ...move, here: undefined };
  assert.equal(movedImage('10.1.2.3:5000/old/app', unknown, map), '10.1.2.3:5000/old/app');
  const unread = { ...move, here: { ...here, shared: undefined } };
  const shared = `10.1.2.3:5000/openshift/httpd@${other}`;
  assert.equal(movedImage(shared, unread, map), at(`openshift/httpd@${other}`));
});

test('where the registry is the one that the backup knew, an image stays where it is', () => {
  const same = { ...move, here: { ...here, host: '10.1.2.3:5000' } };
  for (const image of ['10.1.2.3:5000/old/app', `10.1.2.3:5000/old/app@${digest}`]) {
    assert.equal(movedImage(image, same, map), image, 'a copy of the project has no images of its own');
  }
});

test('what does not begin with a host of the backup is not changed', () => {
  fc.assert(
    fc.property(
      fc.string(),
      text => text.startsWith('10.1.2.3:5000/') || movedImage(text, move, map) === text,
    ),
  );
});

test('every field of a DeploymentConfig that is a reference is moved; its annotations are text', () => {
  const image = `10.1.2.3:5000/old/app@${digest}`;
  const container = { name: 'main', image, env: [{ name: 'SELF', value: image }] };
  const config: KubeObject = {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'app', namespace: 'old', annotations: { note: image } },
    spec: {
      replicas: 2,
      template: { spec: { containers: [container], initContainers: [{ name: 'init', image }] } },
      triggers: [{ type: 'ImageChange', imageChangeParams: { lastTriggeredImage: image, automatic: true } }],
    },
  };
  const moved = at(`new/app@${digest}`);
  assert.deepEqual(withMovedImages(config, move, map), {
    ...config,
    spec: {
      replicas: 2,
      template: {
        spec: {
          containers: [{ name: 'main', image: moved, env: [{ name: 'SELF', value: moved }] }],
          initContainers: [{ name: 'init', image: moved }],
        },
      },
      triggers: [{ type: 'ImageChange', imageChangeParams: { lastTriggeredImage: moved, automatic: true } }],
    },
  });
});

test('tags of image streams and builds name images, too', () => {
  const from = { kind: 'DockerImage', name: '10.1.2.3:5000/old/app:v1' };
  const stream: KubeObject = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: 'app', namespace: 'old' },
    spec: {
      tags: [
        { name: 'v1', from },
        { name: 'v2', from: { kind: 'DockerImage', name: 'docker.io/a/b' } },
      ],
    },
  };
  const moved = withMovedImages(stream, move, map);
  assert.deepEqual(moved['spec'], {
    tags: [
      { name: 'v1', from: { kind: 'DockerImage', name: at('new/app:v1') } },
      { name: 'v2', from: { kind: 'DockerImage', name: 'docker.io/a/b' } },
    ],
  });
});

test('an object of a backup by OpenShift’s plugin says itself where its registry was', () => {
  const pod = (image: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a',
      namespace: 'old',
      annotations: { 'openshift.io/backup-registry-hostname': 'docker-registry.default.svc:5000' },
    },
    spec: { containers: [{ name: 'main', image }] },
  });
  const nowhere = { ...move, from: new Set<string>() };
  assert.deepEqual(
    withMovedImages(pod('docker-registry.default.svc:5000/old/app:1'), nowhere, map),
    pod(at('new/app:1')),
  );
  const plain = pod('docker.io/library/httpd:2');
  assert.equal(withMovedImages(plain, nowhere, map), plain);
});

test('the data of ConfigMaps and Secrets is text', () => {
  const settings: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'old' },
    data: { image: '10.1.2.3:5000/old/app:v1' },
  };
  assert.equal(withMovedImages(settings, move, map), settings);
});
