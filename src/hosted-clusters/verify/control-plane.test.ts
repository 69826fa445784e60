import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { isPaused, judgeRestored, judgeWriters } from './control-plane.ts';

const now = new Date('2026-11-21T20:00:00Z');

test('a pause is what HyperShift takes for one', () => {
  for (const paused of ['true', 'True', '2026-11-21T20:00:01Z', '2027-01-01T00:00:00+09:00'])
    assert.equal(isPaused(paused, now), true, paused);
  for (const not of [undefined, 'false', '2026-11-21T19:59:59Z', 'tomorrow', '', '2026-99-99T00:00:00Z'])
    assert.equal(isPaused(not, now), false, not);
});

function deployment(name: string, wanted: number, available: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: wanted },
    status: { availableReplicas: available },
  };
}

test('writers that were left scaled down, or are not ready, are named; not every release has each', () => {
  const codes = (...all: (KubeObject | undefined)[]): string[] => judgeWriters(all).map(({ code }) => code);
  assert.deepEqual(codes(deployment('kube-apiserver', 3, 3), undefined), []);
  assert.deepEqual(codes(deployment('kube-apiserver', 3, 2)), ['writer-unready']);
  assert.deepEqual(codes(deployment('kube-apiserver', 1, 1), deployment('openshift-apiserver', 0, 0)), [
    'writer-stopped',
  ]);
  assert.deepEqual(codes(undefined), ['writer-missing']);
});

test('a restore has ended when the condition says so, and says why where it has not', () => {
  const object: KubeObject = { apiVersion: 'v1', kind: 'HostedCluster', metadata: { name: 'prod' } };
  const plane = (status: string): KubeObject => {
    const condition = { type: 'EtcdSnapshotRestored', status, reason: 'Error', message: 'curl: (22)' };
    return { ...object, status: { conditions: [condition] } };
  };
  const code = (url: string | undefined, found?: KubeObject) =>
    judgeRestored({ object, restoreSnapshotUrl: url }, found).map(each => each.code);
  assert.deepEqual(code(undefined), ['not-restored']);
  assert.deepEqual(code('https://x', plane('True')), ['restored']);
  assert.deepEqual(code('https://x'), ['restore-failed']);
  const [failed] = judgeRestored({ object, restoreSnapshotUrl: 'https://x' }, plane('False'));
  assert.match(failed?.text.en() ?? '', /is False \(Error: curl: \(22\)\)/);
});
