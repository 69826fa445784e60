import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreSpec } from '#api/velero/restore.ts';
import { createRunReport } from '#archive/runs/run-report.ts';
import { readRestore, readRestoreLog } from '#archive/stored/restores.ts';
import { systemClock } from '#foundation/clock.ts';
import { noProgress, type ProgressEvent } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { connect } from '#kube/client/client.ts';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { HookRuns } from '#restore/hooks/run.ts';
import { readHooks } from '#restore/request/hooks.ts';
import { busyboxImage } from '#testbed/cluster/images.ts';
import { until } from '../estate/until.ts';
import { bindRoles } from './binding.ts';
import { namespaceObject } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene(undefined, 'full');

const container = (name: string, command: string[] = ['sleep', '1000'], more: object = {}) => ({
  name,
  image: busyboxImage,
  imagePullPolicy: 'Never',
  command,
  ...more,
});

/** A pod that ran in the old cluster, and ends at once when it is deleted. */
function runningPod(
  namespace: string,
  name: string,
  spec: Record<string, unknown> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, namespace },
    spec: {
      containers: [container('main')],
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      ...spec,
    },
    status: { phase: 'Running' },
  };
}

type Hooks = NonNullable<RestoreSpec['hooks']>['resources'];
type PostHook = NonNullable<NonNullable<Hooks>[number]['postHooks']>[number];

/** With more time than the usual 30 s: a busy machine is slow to run a command in a pod. */
function sh(script: string, more: Partial<NonNullable<PostHook['exec']>> = {}): PostHook {
  return { exec: { command: ['sh', '-c', script], execTimeout: '5m', ...more } };
}

/** One entry for the pod with this label. */
function entry(name: string, app: string, ...postHooks: PostHook[]) {
  return { name, labelSelector: { matchLabels: { app } }, postHooks };
}

const labelled = (app: string) => ({ labels: { app } });

async function output(namespace: string, name: string, ...command: string[]): Promise<string> {
  return (await current().client.exec({ namespace, name }, { container: 'main', command })).stdout;
}

async function logOf(name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRestoreLog(current().store, name)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('init containers run before a pod, commands when it is up, in its new namespace', async () => {
  const { store, namespace } = current();
  const [old, ns] = [namespace('hooks-old'), namespace('hooks')];
  const volumes = [{ name: 'work', emptyDir: {} }];
  const volumeMounts = [{ name: 'work', mountPath: '/work' }];
  const mounted = (name: string, script: string) => container(name, ['sh', '-c', script], { volumeMounts });
  const database = runningPod(
    old,
    'database',
    {
      volumes,
      initContainers: [mounted('own', 'echo own >> /work/order')],
      containers: [mounted('main', 'echo main >> /work/order; exec sleep 1000'), container('side')],
    },
    labelled('database'),
  );
  const annotations = {
    'post.hook.restore.velero.io/command': '["sh", "-c", "echo by annotation > /tmp/said; echo heard"]',
    'post.hook.restore.velero.io/wait-for-ready': 'true',
    'post.hook.restore.velero.io/exec-timeout': '5m',
    'init.hook.restore.velero.io/container-image': busyboxImage,
    'init.hook.restore.velero.io/command': '["true"]',
  };
  const annotated = runningPod(old, 'annotated', {}, { annotations, ...labelled('database') });
  const backup = await storeBackup(store, [database, annotated]);
  const init = { initContainers: [mounted('fill', 'echo hook >> /work/order')] };
  const hooks = {
    resources: [
      {
        ...entry('fill', 'database', { init }, sh('echo one >> /work/order')),
        includedNamespaces: [ns],
      },
      { ...entry('elsewhere', 'database', sh('false')), includedNamespaces: [old] },
      entry('again', 'database', sh('echo two >> /work/order; hostname', { waitForReady: true })),
    ],
  };
  const wanted = restoreOf(backup, { hooks, namespaceMapping: { [old]: ns } });
  const events: ProgressEvent[] = [];
  const { said, restore } = await restored(current(), wanted, { progress: event => void events.push(event) });
  assert.deepEqual(said, []);
  assert.equal(restore.status?.phase, 'Completed');
  assert.deepEqual(restore.status?.hookStatus, { hooksAttempted: 3, hooksFailed: 0 });
  assert.equal(await output(ns, 'database', 'cat', '/work/order'), 'hook\nown\nmain\none\ntwo\n');
  assert.equal(await output(ns, 'annotated', 'cat', '/tmp/said'), 'by annotation\n');
  const last = events.filter(({ phase }) => phase === 'hooks').at(-1);
  assert.deepEqual([last?.done, last?.total], [2, 2]);
  const log = await logOf(wanted.metadata.name);
  assert.match(log, /restore hook again, stdout: database".*name=database/);
  assert.match(log, /restore hook <from-annotation>, stdout: heard".*name=annotated/);
});

test('a failure is an error, or what onError makes of it, and the restore goes on', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('hooks-fail');
  const pods = ['unset', 'continue', 'fail', 'late', 'slow', 'absent', 'ends', 'ready'].map(name =>
    runningPod(ns, name, {}, labelled(name)),
  );
  const [, , , late, , , ends] = pods;
  Object.assign(ends?.['spec'] as object, { initContainers: [container('init', ['false'])] });
  const readinessProbe = { exec: { command: ['false'] } };
  Object.assign(late?.['spec'] as object, {
    containers: [container('main', undefined, { readinessProbe }), container('side')],
  });
  const backup = await storeBackup(store, pods);
  const fails = (more: Parameters<typeof sh>[1] = {}) => sh('echo broken >&2; exit 3', more);
  const waits = { waitForReady: true, waitTimeout: '1s' };
  const hooks = {
    resources: [
      entry('h', 'unset', fails(), sh('touch /tmp/second')),
      entry('h', 'continue', fails({ onError: 'Continue' }), sh('touch /tmp/second')),
      entry('h', 'fail', fails({ onError: 'Fail' }), sh('touch /tmp/second')),
      entry('h', 'late', sh('true', waits), sh('touch /tmp/side', { container: 'side' })),
      entry('h', 'slow', sh('sleep 1000', { execTimeout: '1s' })),
      entry('h', 'absent', sh('true', { container: 'nobody' })),
      entry('h', 'ends', sh('true', { waitForReady: true })),
    ],
  };
  const { said, restore } = await restored(current(), restoreOf(backup, { hooks }));
  const hook = (name: string, text: string, where = 'main') =>
    `${name === 'continue' ? 'warning' : 'error'} pods/${name}: restore hook h in container ${where} ${text}`;
  assert.deepEqual(
    said.toSorted(),
    [
      hook('unset', 'ended with exit code 3: broken'),
      hook('continue', 'ended with exit code 3: broken'),
      hook('fail', 'ended with exit code 3: broken'),
      hook('fail', 'was not run: a hook of the pod had failed before'),
      hook('late', 'was not run: its container was not ready within 1s'),
      hook('slow', 'did not end within 1s; its command may still be running'),
      hook('absent', 'was not run: the pod has no container "nobody" that runs beside the others', 'nobody'),
      hook('ends', 'was not run: the pod ended before'),
    ].toSorted(),
  );
  assert.equal(restore.status?.phase, 'PartiallyFailed');
  assert.deepEqual(restore.status?.hookStatus, { hooksAttempted: 11, hooksFailed: 8 });
  for (const name of ['unset', 'continue']) await output(ns, name, 'ls', '/tmp/second');
  assert.equal(await output(ns, 'fail', 'ls', '/tmp'), '');
  const side = await current().client.exec(
    { namespace: ns, name: 'late' },
    { container: 'side', command: ['ls', '/tmp'] },
  );
  assert.equal(side.stdout, 'side\n');
  assert.ok(await get('pods', { namespace: ns, name: 'ready' }));
});

test('a pod that is deleted while its hook waits fails it; hooks are for pods that the restore created', async () => {
  const { store, namespace, client } = current();
  const ns = namespace('hooks-gone');
  const readinessProbe = { exec: { command: ['false'] } };
  const containers = [container('main', undefined, { readinessProbe })];
  const backup = await storeBackup(store, [
    runningPod(ns, 'doomed', { containers }, labelled('doomed')),
    runningPod(ns, 'there', {}, labelled('there')),
  ]);
  await restored(current(), restoreOf(backup, { labelSelector: { matchLabels: { app: 'there' } } }));
  const hooks = {
    resources: [
      entry('h', 'doomed', sh('true', { waitForReady: true })),
      entry('h', 'there', sh('touch /tmp/ran')),
    ],
  };
  const key = { namespace: ns, name: 'doomed' };
  const progress = ({ phase }: ProgressEvent): void => {
    if (phase === 'hooks') void client.delete(podType, key, { gracePeriodSeconds: 0 });
  };
  const { said, restore } = await restored(current(), restoreOf(backup, { hooks }), { progress });
  // the other pod has what the server filled in, and so differs from what the backup says
  assert.deepEqual(said.slice(1), [
    'error pods/doomed: restore hook h in container main was not run: the pod was deleted before',
  ]);
  assert.deepEqual(restore.status?.hookStatus, { hooksAttempted: 1, hooksFailed: 1 });
  const there = { namespace: ns, name: 'there' };
  await until(client, podType, there, pod => textAt(pod, 'status', 'phase') === 'Running');
  assert.equal(await output(ns, 'there', 'ls', '/tmp'), '');
});

test('a restore that is stopped gives its hooks up, and its record says so', async () => {
  const { store, namespace, client } = current();
  const ns = namespace('hooks-stop');
  const readinessProbe = { exec: { command: ['false'] } };
  const containers = [container('main', undefined, { readinessProbe })];
  const backup = await storeBackup(store, [
    runningPod(ns, 'waits', { containers }, labelled('waits')),
    runningPod(ns, 'runs', {}, labelled('runs')),
  ]);
  const hooks = {
    resources: [
      entry('h', 'waits', sh('true', { waitForReady: true })),
      entry('h', 'runs', sh('touch /tmp/begun; sleep 1000', { execTimeout: '1h' })),
    ],
  };
  const wanted = restoreOf(backup, { hooks });
  const stop = new AbortController();
  const running = restored(current(), wanted, { signal: stop.signal });
  const stopped = assert.rejects(running, thrown => thrown === stop.signal.reason);
  const key = { namespace: ns, name: 'runs' };
  await until(client, podType, key, pod => textAt(pod, 'status', 'phase') === 'Running');
  const begun = ['sh', '-c', 'until test -e /tmp/begun; do sleep 0.1; done'];
  await client.exec(key, { command: begun, signal: AbortSignal.timeout(180_000) });
  stop.abort(new Error('stopped by hand'));
  await stopped;
  const { status } = await readRestore(store, wanted.metadata.name);
  assert.deepEqual([status?.phase, status?.failureReason], ['Failed', 'stopped by hand']);
  assert.deepEqual(status?.hookStatus, { hooksAttempted: 2, hooksFailed: 1 });
  const log = await logOf(wanted.metadata.name);
  assert.match(
    log,
    /restore hook h in container main was given up because the restore was stopped.*name=runs/,
  );
  assert.match(log, /restore hook h in container main was not begun.*name=waits/);
  const pods = [];
  for await (const pod of client.list(podType, { namespace: ns })) pods.push(pod.metadata.name);
  assert.deepEqual(pods.sort(), ['runs', 'waits']);
});

test('hooks that set no limit are waited for as long as the restore has patience; who may not look is told', async () => {
  const { cluster, namespace, client, type } = current();
  const ns = namespace('hooks-patience');
  await client.create(await type('namespaces'), namespaceObject(ns));
  const nobody = await connect({ kubeconfig: await cluster.createUser('nobody-special') });
  const labels = { 'velero.io/restore-name': 'mine' };
  const made = runningPod(ns, 'waits', { initContainers: [container('endless')] }, { labels });
  const pod = await client.create(podType, made);
  const waiting = async (api: KubeApi, hook: PostHook, patienceMs: number): Promise<string[]> => {
    const report = createRunReport(systemClock);
    const { rules } = readHooks([{ name: 'h', postHooks: [hook] }]);
    const common = { api, report, rules, clock: systemClock, progress: noProgress };
    await using runs = new HookRuns({ ...common, restoreName: 'mine', patienceMs });
    runs.created(pod);
    await runs.settled();
    return report.findings.map(({ text }) => text.en());
  };
  const [refused] = await waiting(nobody, sh('true'), 180_000);
  assert.match(refused ?? '', /was not run: .*nobody-special.*cannot (watch|list)/);
  assert.deepEqual(await waiting(client, sh('true'), 300), [
    'restore hook h in container main was not run: its container was not running within 300ms',
  ]);
  await nobody.close();
});

test('a pod that was deleted or replaced before anybody looked fails its hooks', async () => {
  const { namespace, client, type } = current();
  const ns = namespace('hooks-replaced');
  await client.create(await type('namespaces'), namespaceObject(ns));
  const labels = { 'velero.io/restore-name': 'mine' };
  const annotations = { 'post.hook.restore.velero.io/command': 'hostname' };
  const gone: KubeObject[] = [];
  for (const name of ['deleted', 'replaced']) {
    gone.push(await client.create(podType, runningPod(ns, name, {}, { labels, annotations })));
    await client.delete(podType, { namespace: ns, name }, { gracePeriodSeconds: 0 });
  }
  await client.create(podType, runningPod(ns, 'replaced', {}, { labels }));
  const report = createRunReport(systemClock);
  const common = { api: client, report, rules: [], clock: systemClock, progress: noProgress };
  await using runs = new HookRuns({ ...common, restoreName: 'mine' });
  for (const pod of gone) runs.created(pod);
  await runs.settled();
  assert.deepEqual(
    report.findings.map(({ subject, text }) => `${subject?.name}: ${text.en()}`).sort(),
    ['deleted', 'replaced'].map(
      name =>
        `${name}: restore hook <from-annotation> in container main was not run: the pod was deleted before`,
    ),
  );
});

test('who may look at pods and run commands in them may run hooks', async () => {
  const { cluster, namespace, client, type } = current();
  const ns = namespace('hooks-rights');
  await client.create(await type('namespaces'), namespaceObject(ns));
  const rules = [
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
  ];
  const metadata = { name: 'hooks', namespace: ns };
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules };
  await bindRoles(client, [role], 'keeper-of-hooks');
  const labels = { 'velero.io/restore-name': 'mine' };
  const annotations = { 'post.hook.restore.velero.io/command': 'hostname' };
  const pod = await client.create(podType, runningPod(ns, 'hooked', {}, { labels, annotations }));
  const keeper = await connect({ kubeconfig: await cluster.createUser('keeper-of-hooks') });
  const report = createRunReport(systemClock);
  const common = { api: keeper, report, rules: [], clock: systemClock, progress: noProgress };
  await using runs = new HookRuns({ ...common, restoreName: 'mine' });
  runs.created(pod);
  await runs.settled();
  assert.deepEqual([report.findings, runs.counts], [[], { attempted: 1, failed: 0 }]);
  await keeper.close();
});

test('an init container that cannot be is the pod’s own error', async () => {
  const { store, namespace } = current();
  const ns = namespace('hooks-bad');
  const twice = { initContainers: [container('same'), container('same')] };
  const backup = await storeBackup(store, [
    runningPod(ns, 'a', {}, labelled('a')),
    runningPod(ns, 'b', {}, labelled('b')),
  ]);
  const hooks = { resources: [entry('h', 'a', { init: twice })] };
  const { said, resources } = await restored(current(), restoreOf(backup, { hooks }));
  assert.match(said.join('\n'), /^error pods\/a: not restored: .*initContainers.*Duplicate/);
  assert.deepEqual(resources['v1/Pod'], [`${ns}/a(failed)`, `${ns}/b(created)`]);
  assert.equal(
    listAt(await current().get('pods', { namespace: ns, name: 'b' }), 'spec', 'containers').length,
    1,
  );
});
