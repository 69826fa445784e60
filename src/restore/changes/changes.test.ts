import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { readImageChanges, withImages } from './images.ts';
import { newClasses, withStorageClasses } from './storage-classes.ts';

const type = (name: string) => {
  const [resource = '', ...group] = name.split('.');
  return { resource, group: group.join('.') };
};

function pod(...images: string[]): KubeObject {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const spec = { containers, initContainers: [{ name: 'i', image: images[0] }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
}

const imagesOf = (object: KubeObject, ...path: string[]): unknown[] =>
  ['containers', 'initContainers'].flatMap(list =>
    listAt(object, ...path, 'spec', list).map(each => textAt(each, 'image')),
  );

test('rows that are pairs are read, in the order of their keys', () => {
  const data = { b: 'x,y', a: ' 1.1.1.1:5000 , 2.2.2.2:3000 ', c: 'none', d: ',y', e: 'x,', f: 'k,l,m' };
  assert.deepEqual(readImageChanges(data), [
    { from: '1.1.1.1:5000', to: '2.2.2.2:3000' },
    { from: 'x', to: 'y' },
    { from: 'k', to: 'l,m' },
  ]);
});

test('the first change that an image has a part of is made, in every container of a workload', () => {
  const changes = readImageChanges({ a: 'old.io/,new.io/', b: 'old.io/app,never', c: 'app,web' });
  assert.deepEqual(imagesOf(withImages(pod('old.io/app:1', 'app:2', 'db'), type('pods'), changes)), [
    'new.io/app:1',
    'web:2',
    'db',
    'new.io/app:1',
  ]);
  const template = { spec: { template: pod('app') } };
  const deployment = { ...template, apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } };
  assert.deepEqual(imagesOf(withImages(deployment, type('deployments.apps'), changes), 'spec', 'template'), [
    'web',
    'web',
  ]);
  assert.equal(withImages(deployment, type('deploymentconfigs.apps.openshift.io'), changes), deployment);
  const cron = { ...deployment, spec: { jobTemplate: template } };
  const path = ['spec', 'jobTemplate', 'spec', 'template'];
  assert.deepEqual(imagesOf(withImages(cron, type('cronjobs.batch'), changes), ...path), ['web', 'web']);
});

test('an image is text, and so is what takes its place: no pattern is read into them', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (from, to, rest) => {
      const changed = withImages(pod(`${from}${rest}`), type('pods'), [{ from, to }]);
      assert.equal(imagesOf(changed)[0], `${from}${rest}`.split(from).join(to));
    }),
  );
});

test('claims, volumes and what StatefulSets claim get their new classes; others keep theirs', () => {
  const mapping = new Map([['slow', 'fast']]);
  const claim = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { storageClassName: name },
  });
  const changed = withStorageClasses(claim('slow'), type('persistentvolumeclaims'), mapping);
  assert.equal(textAt(changed, 'spec', 'storageClassName'), 'fast');
  const other = claim('other');
  assert.equal(withStorageClasses(other, type('persistentvolumes'), mapping), other);
  assert.deepEqual(newClasses(claim('slow'), type('configmaps'), mapping), []);
  const set = { ...claim(''), spec: { volumeClaimTemplates: [claim('slow'), claim('other'), claim('')] } };
  assert.deepEqual(newClasses(set, type('statefulsets.apps'), mapping), ['fast']);
  const templates = listAt(
    withStorageClasses(set, type('statefulsets.apps'), mapping),
    'spec',
    'volumeClaimTemplates',
  );
  assert.deepEqual(
    templates.map(each => textAt(each, 'spec', 'storageClassName')),
    ['fast', 'other', ''],
  );
});
