import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyImageTriggers,
  type DeploymentConfig,
  type DeploymentConfigSpec,
  marks,
  type ReplicationController,
  replicationControllerFor,
  statusOf,
  wantedReplicas,
  wantedVersion,
} from './deployment-config.ts';

const image = (digit: string): string => `registry.test:5000/shop/web@sha256:${digit.repeat(64)}`;

function config(spec: Partial<DeploymentConfigSpec> = {}, latestVersion?: number): DeploymentConfig {
  return {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'web', namespace: 'shop', uid: 'uid-1', generation: 3, labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { app: 'web' },
      triggers: [
        { type: 'ConfigChange' },
        {
          type: 'ImageChange',
          imageChangeParams: {
            automatic: true,
            containerNames: ['main'],
            from: { kind: 'ImageStreamTag', name: 'web:latest' },
          },
        },
      ],
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            { name: 'main', image: ' ' },
            { name: 'sidecar', image: 'keep' },
          ],
        },
      },
      ...spec,
    },
    ...(latestVersion === undefined ? {} : { status: { latestVersion } }),
  };
}

const withImageOf = (digit: string) => applyImageTriggers(config(), () => image(digit)).config;

function controller(of: DeploymentConfig, version: number, ready: number): ReplicationController {
  const status = { replicas: ready, readyReplicas: ready, availableReplicas: ready };
  return { ...replicationControllerFor(of, version, 'config change'), status };
}

test('an image trigger writes the newest image into the containers that it names', () => {
  const asked: string[] = [];
  const result = applyImageTriggers(config(), (namespace, tag) => {
    asked.push(`${namespace}/${tag}`);
    return image('a');
  });
  assert.deepEqual(asked, ['shop/web:latest']);
  assert.deepEqual(
    result.config.spec.template.spec.containers.map(each => each.image),
    [image('a'), 'keep'],
  );
  assert.equal(result.config.spec.triggers?.[1]?.imageChangeParams?.lastTriggeredImage, image('a'));
  assert.deepEqual(result.changed, ['web:latest']);
  assert.equal(result.resolved, true);
});

test('nothing is deployed while an image trigger has no image', () => {
  const result = applyImageTriggers(config(), () => undefined);
  assert.equal(result.resolved, false);
  assert.equal(wantedVersion(result, []), 0);
});

test('a restored configuration deploys the image of its last trigger although the stream is empty', () => {
  const restored = withImageOf('a');
  const result = applyImageTriggers(restored, () => undefined);
  assert.equal(result.resolved, true);
  assert.deepEqual(result.changed, []);
  assert.equal(wantedVersion(result, []), 1);
});

test('an automatic trigger that is switched off leaves the template alone', () => {
  const [change] = [
    { type: 'ImageChange', imageChangeParams: { from: { kind: 'ImageStreamTag', name: 'web:latest' } } },
  ];
  const result = applyImageTriggers(config({ triggers: [change] }), () => image('a'));
  assert.deepEqual(result.changed, []);
  assert.equal(wantedVersion(result, []), 0);
});

test('the first version comes with the image, the next with a change of template or image', () => {
  const first = applyImageTriggers(config(), () => image('a'));
  assert.equal(wantedVersion(first, []), 1);
  const deployed = [controller(first.config, 1, 2)];
  const settled = { ...first.config, status: { latestVersion: 1 } };
  const same = applyImageTriggers(settled, () => image('a'));
  assert.equal(wantedVersion(same, deployed), 1);
  const pushed = applyImageTriggers(settled, () => image('b'));
  assert.equal(wantedVersion(pushed, deployed), 2);
  const template = { ...settled.spec.template, metadata: { labels: { app: 'web', more: 'yes' } } };
  const edited = applyImageTriggers({ ...settled, spec: { ...settled.spec, template } }, () => image('a'));
  assert.equal(wantedVersion(edited, deployed), 2);
  const scaled = applyImageTriggers({ ...settled, spec: { ...settled.spec, replicas: 5 } }, () => image('a'));
  assert.equal(wantedVersion(scaled, deployed), 1);
});

test('a paused configuration rolls nothing out', () => {
  const paused = applyImageTriggers(config({ paused: true }, 0), () => image('a'));
  assert.equal(wantedVersion(paused, []), 0);
});

test('a version that was decided on but not rolled out is rolled out', () => {
  const decided = { ...withImageOf('a'), status: { latestVersion: 4 } };
  assert.equal(
    wantedVersion(
      applyImageTriggers(decided, () => image('a')),
      [],
    ),
    4,
  );
});

test('a controller that was there before the status counts as the latest version', () => {
  const restored = withImageOf('a');
  const there = [controller(restored, 7, 0)];
  assert.equal(
    wantedVersion(
      applyImageTriggers(restored, () => undefined),
      there,
    ),
    7,
  );
});

test('a ReplicationController is tied to its configuration as OpenShift ties it', () => {
  const made = replicationControllerFor(withImageOf('a'), 3, 'image change');
  assert.equal(made.metadata.name, 'web-3');
  assert.equal(made.metadata.labels?.[marks.config], 'web');
  assert.equal(made.metadata.annotations?.[marks.version], '3');
  assert.deepEqual(made.metadata.ownerReferences, [
    {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentConfig',
      name: 'web',
      uid: 'uid-1',
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  assert.deepEqual(made.spec.selector, { app: 'web', deployment: 'web-3', deploymentconfig: 'web' });
  const template = made.spec.template as { metadata: { labels: Record<string, string> } };
  assert.deepEqual(template.metadata.labels, { app: 'web', deployment: 'web-3', deploymentconfig: 'web' });
});

test('the predecessor keeps its pods until the active controller is complete, unless recreated', () => {
  const now = withImageOf('a');
  const old = controller(now, 1, 2);
  assert.equal(wantedReplicas(now, old, controller(now, 2, 1)), 2);
  assert.equal(wantedReplicas(now, old, controller(now, 2, 2)), 0);
  const recreate = { ...now, spec: { ...now.spec, strategy: { type: 'Recreate' } } };
  assert.equal(wantedReplicas(recreate, old, controller(now, 2, 0)), 0);
});

test('the status counts pods and keeps the times of what did not change', () => {
  const now = withImageOf('a');
  const before = statusOf(now, [controller(now, 1, 1)], new Date('2024-01-01T00:00:00Z'));
  assert.deepEqual(
    [before.latestVersion, before['availableReplicas'], before['unavailableReplicas']],
    [1, 1, 1],
  );
  const after = statusOf(
    { ...now, status: before },
    [controller(now, 1, 2)],
    new Date('2024-01-02T00:00:00Z'),
  );
  const available = after.conditions?.find(each => each.type === 'Available');
  assert.equal(available?.status, 'True');
  assert.equal(available.lastTransitionTime, '2024-01-02T00:00:00Z');
  const progressing = after.conditions?.find(each => each.type === 'Progressing');
  assert.equal(progressing?.reason, 'NewReplicationControllerAvailable');
  assert.equal(progressing.lastTransitionTime, '2024-01-01T00:00:00Z');
});
