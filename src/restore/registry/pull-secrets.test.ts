import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import {
  accountOf,
  generatedPullSecrets,
  pullsWithGenerated,
  withoutBuildSecrets,
  withPullSecrets,
} from './pull-secrets.ts';

function pod(...secrets: string[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'shop' },
    spec: { serviceAccountName: 'app', imagePullSecrets: secrets.map(name => ({ name })) },
  };
}

test('a pod is given the pull secrets that the cluster made for its account, beside its own', () => {
  assert.equal(pullsWithGenerated(pod('mine', 'app-dockercfg-b7x4k')), true);
  assert.equal(pullsWithGenerated(pod('mine')), false);
  assert.equal(accountOf(pod()), 'app');
  assert.deepEqual(withPullSecrets(pod('mine'), ['app-dockercfg-xxxxx']), pod('mine', 'app-dockercfg-xxxxx'));
  assert.deepEqual(withPullSecrets(pod('mine'), ['mine']), pod('mine'));
  const plain = pod();
  assert.equal(withPullSecrets(plain, []), plain);
});

test('of an account’s pull secrets, the generated ones are told from those that somebody linked', () => {
  const account: KubeObject = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: 'shop' },
    imagePullSecrets: [{ name: 'quay' }, { name: 'app-dockercfg-b7x4k' }],
  };
  assert.deepEqual(generatedPullSecrets(account), ['app-dockercfg-b7x4k']);
  assert.deepEqual(generatedPullSecrets(undefined), []);
});

test('a BuildConfig loses the secrets of its old cluster’s accounts, and keeps those that somebody made', () => {
  const type = { group: 'build.openshift.io', resource: 'buildconfigs' };
  const builder = { name: 'builder-dockercfg-b7x4k' };
  const config = (pushSecret: object | undefined, pullSecret: object | undefined): KubeObject => ({
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildConfig',
    metadata: { name: 'app', namespace: 'shop' },
    spec: {
      output: { to: { kind: 'ImageStreamTag', name: 'app:latest' }, ...(pushSecret && { pushSecret }) },
      strategy: { type: 'Source', sourceStrategy: { from: {}, ...(pullSecret && { pullSecret }) } },
      source: { images: [{ from: {}, ...(pullSecret && { pullSecret }) }] },
    },
  });
  assert.deepEqual(withoutBuildSecrets(config(builder, builder), type), config(undefined, undefined));
  const own = config({ name: 'push-robot' }, { name: 'pull-robot' });
  assert.equal(withoutBuildSecrets(own, type), own);
  const elsewhere = config(builder, builder);
  assert.equal(withoutBuildSecrets(elsewhere, { group: '', resource: 'pods' }), elsewhere);
});
