import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { unreadyBecause } from './readiness.ts';

function object(kind: string, spec: object, status: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'n', ...metadata }, spec, status };
}

const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

test('a pod counts when it is Ready or has ended well, and not while it is going', () => {
  assert.equal(unreadyBecause(object('Pod', {}, { phase: 'Running', ...ready })), undefined);
  assert.equal(unreadyBecause(object('Pod', {}, { phase: 'Succeeded' })), undefined);
  assert.equal(unreadyBecause(object('Pod', {}, { phase: 'Pending' })), 'Pending');
  assert.equal(
    unreadyBecause(object('Pod', {}, { phase: 'Running', ...ready }, { deletionTimestamp: 'now' })),
    'is being deleted',
  );
});

test('a workload counts when its controller has seen it and its pods are there', () => {
  const spec = { replicas: 2 };
  const status = { observedGeneration: 2, readyReplicas: 2, updatedReplicas: 2 };
  assert.equal(unreadyBecause(object('Deployment', spec, status, { generation: 2 })), undefined);
  assert.equal(
    unreadyBecause(object('Deployment', spec, status, { generation: 3 })),
    'its controller lags behind',
  );
  assert.equal(
    unreadyBecause(object('Deployment', spec, { ...status, readyReplicas: 1 }, { generation: 2 })),
    '1 of 2 pods',
  );
  assert.equal(
    unreadyBecause(object('DeploymentConfig', spec, { latestVersion: 0 })),
    'nothing was rolled out',
  );
  assert.equal(unreadyBecause(object('ReplicationController', { replicas: 0 }, { replicas: 0 })), undefined);
});

test('a job counts when it is complete or suspended', () => {
  assert.equal(unreadyBecause(object('Job', {}, {})), 'has not completed');
  assert.equal(unreadyBecause(object('Job', { suspend: true }, {})), undefined);
  const done = { conditions: [{ type: 'Complete', status: 'True' }] };
  assert.equal(unreadyBecause(object('Job', {}, done)), undefined);
});
