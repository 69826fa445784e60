import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { formatInternalImage, parseInternalImage, withTagImages } from './images.ts';

const digest = `sha256:${'8'.repeat(64)}`;

test('the internal registry is told by its service and by its address', () => {
  const references = [
    `10.111.255.221:5000/myproject/ruby-ex@${digest}`,
    '172.30.1.1:5000/myproject/ruby-ex:latest',
    'docker-registry.default.svc:5000/myproject/ruby-ex',
    `image-registry.openshift-image-registry.svc:5000/myproject/ruby-ex@${digest}`,
    'image-registry.openshift-image-registry.svc.cluster.local:5000/myproject/ruby-ex:v1.2_3',
  ];
  for (const reference of references) {
    const image = parseInternalImage(reference);
    assert.ok(image, reference);
    assert.deepEqual([image.namespace, image.name], ['myproject', 'ruby-ex']);
    assert.equal(formatInternalImage(image), reference);
  }
});

test('other images are not of the internal registry', () => {
  const others = [
    'ruby-ex:latest',
    'registry.example.com:5000/a/b',
    '8.8.8.8:5000/a/b:c',
    '10.0.0.1:5001/a/b',
    '',
  ];
  for (const image of [...others, 'docker.io/library/busybox', '10.0.0.1:5000/only']) {
    assert.equal(parseInternalImage(image), undefined, image);
  }
});

function deploymentConfig(from: object, image: string): KubeObject {
  return {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'ruby-ex', namespace: 'myproject' },
    spec: {
      triggers: [
        { type: 'ConfigChange' },
        { type: 'ImageChange', imageChangeParams: { containerNames: ['ruby-ex'], from } },
      ],
      template: {
        spec: {
          containers: [
            { name: 'ruby-ex', image },
            { name: 'log', image: 'busybox' },
          ],
        },
      },
    },
  };
}

test('a digest is replaced by the tag that the trigger follows, and by nothing else', () => {
  const image = `10.111.255.221:5000/myproject/ruby-ex@${digest}`;
  const from = { kind: 'ImageStreamTag', namespace: 'myproject', name: 'ruby-ex:latest' };
  const before = deploymentConfig(from, image);
  const { object, rewritten } = withTagImages(before);
  assert.deepEqual(rewritten, [{ container: 'ruby-ex', image, tag: 'ruby-ex:latest' }]);
  assert.deepEqual(object, deploymentConfig(from, 'ruby-ex:latest'));
  assert.equal(JSON.stringify(before).includes(digest), true);

  const elsewhere = deploymentConfig({ ...from, namespace: 'openshift' }, image);
  assert.equal(withTagImages(elsewhere).object, elsewhere);
  const external = deploymentConfig(from, 'quay.example/ruby@sha256:0');
  assert.equal(withTagImages(external).object, external);
});
