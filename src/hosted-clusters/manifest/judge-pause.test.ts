import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutServerFields } from './clean.ts';
import { readManifestText } from './documents.ts';
import { judgePause } from './judge-pause.ts';
import { clusterIn } from './snapshot-url.ts';

const now = new Date('2026-11-21T20:00:00Z');

function found(clusterPause: string, poolPause = 'pausedUntil: "false"', uid = ''): string[] {
  const text = `apiVersion: hypershift.openshift.io/v1beta1
kind: HostedCluster
metadata: {name: prod, namespace: clusters${uid}}
spec: {${clusterPause}}
---
apiVersion: hypershift.openshift.io/v1beta1
kind: NodePool
metadata: {name: prod-a, namespace: clusters}
spec: {clusterName: prod, ${poolPause}}
`;
  const manifest = withoutServerFields(readManifestText(text, 'manifest.yaml'));
  return judgePause(manifest, clusterIn(manifest).cluster, now).map(({ text: said }) => said.en());
}

test('a pause that somebody wrote is warned of, by object, and one that is over is not', () => {
  assert.deepEqual(found(''), []);
  assert.deepEqual(found('pausedUntil: "2026-11-21T19:00:00Z"'), []);
  const [first, second] = found('pausedUntil: "true"', 'pausedUntil: "2026-11-22T00:00:00Z"');
  assert.match(
    first ?? '',
    /^HostedCluster clusters\/prod of the manifest is paused \(spec.pausedUntil: true\)/,
  );
  assert.match(second ?? '', /^NodePool clusters\/prod-a of the manifest is paused/);
});

test('a pause that a server saved is taken away and not warned of', () => {
  assert.deepEqual(found('pausedUntil: "true"', 'replicas: 2', ', uid: 0a'), []);
});
