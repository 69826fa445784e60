import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Backup, BackupSpec } from '#api/velero/backup.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { createRunReport, type RunReport } from '#archive/runs/run-report.ts';
import { type BackupOptions, type BackupOutcome, createBackup } from '#backup/create-backup.ts';
import { liveRelatedReader } from '#backup/related/reader.ts';
import { relatedTo } from '#backup/related/related.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { textAt } from '#kube/fields.ts';
import { groupResource } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { until } from '../estate/until.ts';
import { database, hookedDatabase, overhearing } from './hooked-database.ts';

const up = hookedDatabase();

/** With more time than the usual 30 s: a busy machine is slow to run a command in a pod. */
function sh(
  script: string,
  more: { timeout?: string; container?: string; onError?: 'Fail' | 'Continue' } = {},
) {
  return { exec: { command: ['sh', '-c', script], timeout: '5m', ...more } };
}

function findings(report: RunReport): string {
  return report.findings.map(({ severity, text }) => `${severity} ${text.en()}`).join('\n');
}

suite('hooks in a pod that runs', () => {
  test('a database is quiesced by its annotations while it is stored, and released then', async () => {
    assert.equal((await up().run('orders-insert', 'before')).exitCode, 0);
    const mark = (await up().history()).length;
    const { stored, report, counts, thrown } = await up().play(await up().pod(), {
      work: async () => {
        const refused = await up().run('orders-insert', 'during');
        assert.deepEqual([refused.exitCode, refused.stderr], [75, 'the database is quiesced\n']);
      },
    });
    assert.equal(thrown, undefined);
    assert.deepEqual(stored, [database]);
    assert.deepEqual([counts.attempted, counts.failed], [2, 0]);
    assert.equal(findings(report), '');
    const [quiesced, released] = (await up().history()).slice(mark);
    assert.match(quiesced ?? '', /^quiesced rows=\d+$/);
    assert.equal(released, 'released');
    assert.equal((await up().run('orders-insert', 'after')).exitCode, 0);
    const log = gunzipSync(await report.log()).toString();
    assert.match(log, /msg="pre hook <from-annotation>, stdout: quiesced with \d+ rows".*name=orders-db-0/);
    assert.match(log, /msg="post hook <from-annotation>, stdout: released"/);
  });

  test('a failure tells what the command said; the pod is kept out and yet released', async () => {
    const mark = (await up().history()).length;
    const spec = {
      pre: [sh('/bin/quiesce'), sh('echo 1 >&2; echo "no space left" >&2; exit 3'), sh('echo never')],
      post: [sh('/bin/unquiesce')],
    };
    const { stored, report, counts } = await up().play(await up().pod(), { spec });
    assert.deepEqual(stored, []);
    assert.deepEqual([counts.attempted, counts.failed], [4, 1]);
    assert.match(
      findings(report),
      /^error pre hook test in container orders-db ended with exit code 3: 1 \| no space left$/,
    );
    assert.deepEqual((await up().history()).slice(mark).at(-1), 'released');
  });

  test('what the runtime cannot run has had no effect', async () => {
    const mark = (await up().history()).length;
    const spec = { pre: [{ exec: { command: ['/no/such'] } }], post: [sh('/bin/unquiesce')] };
    const { stored, report } = await up().play(await up().pod(), { spec });
    assert.deepEqual(stored, []);
    assert.match(findings(report), /^error pre hook test .* could not be run: .*no such file/);
    assert.deepEqual((await up().history()).slice(mark), [], 'as with Velero, no post hook');
    const nowhere = { pre: [sh('true', { container: 'nowhere', onError: 'Continue' as const })] };
    const missing = await up().play(await up().pod(), { spec: nowhere });
    assert.deepEqual(missing.stored, [database]);
    assert.match(findings(missing.report), /^warning .* no container "nowhere"/);
  });

  test('a hook that takes too long is not waited for', async () => {
    const spec = { pre: [sh('echo begun; exec sleep 60', { timeout: '3s' })], post: [sh('/bin/unquiesce')] };
    const { stored, report } = await up().play(await up().pod(), { spec });
    assert.deepEqual(stored, []);
    assert.match(
      findings(report),
      /^error .* did not end within 3s; its command may still be running(?:: begun)?$/,
    );
    assert.equal((await up().history()).at(-1), 'released');
  });
});

suite('an aborted run', () => {
  test('an abort while the database is being quiesced leaves it released', async () => {
    const stop = new AbortController();
    const mark = (await up().history()).length;
    const spec = { pre: [sh('echo begun; sleep 1; exec /bin/quiesce')], post: [sh('exec /bin/unquiesce')] };
    const { stored, thrown } = await up().play(await up().pod(), {
      spec,
      signal: stop.signal,
      onLine: line => {
        if (line.endsWith('stdout: begun')) stop.abort(new Error('stopped by hand'));
      },
    });
    assert.equal(thrown, stop.signal.reason);
    assert.deepEqual(stored, []);
    const [quiesced, released] = (await up().history()).slice(mark);
    assert.match(quiesced ?? '', /^quiesced/, 'the pre hook came to its end');
    assert.equal(released, 'released');
    assert.equal((await up().run('orders-insert', 'after the abort')).exitCode, 0);
  });

  test('a database that an abort could not release is named', async () => {
    const stop = new AbortController();
    const spec = { pre: [sh('exec /bin/quiesce')], post: [sh('exec sleep 60')] };
    const { thrown } = await up().play(await up().pod(), {
      spec,
      signal: stop.signal,
      graceMs: 1000,
      work: async () => {
        stop.abort(new Error('stopped by hand'));
        stop.signal.throwIfAborted();
      },
    });
    assert.ok(isHozonError(thrown, 'backup.left-quiesced'));
    assert.match(
      thrown.message,
      new RegExp(`${up().namespace}/${database}: post hook test in container orders-db was given up`),
    );
    assert.equal(thrown.cause, stop.signal.reason);
    assert.equal((await up().run('orders-insert', 'refused')).exitCode, 75);
    assert.equal((await up().run('/bin/unquiesce')).exitCode, 0);
  });
});

suite('a whole backup', () => {
  type Make = (options?: Partial<BackupOptions>) => Promise<BackupOutcome>;

  async function backup(
    spec: BackupSpec,
    work: (make: Make, store: FilesystemStore) => Promise<void>,
  ): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'hozon-hooks-'));
    const store = new FilesystemStore(join(directory, 'location'));
    const options = {
      api: up().client,
      store,
      clock: systemClock,
      locationName: 'default',
      veleroNamespace: 'velero',
      identity: await readRunIdentity(),
    };
    const metadata = { name: 'nightly' };
    const wanted: Backup = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata, spec };
    try {
      await work(more => createBackup(wanted, { ...options, ...more }), store);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  test('runs the hooks of its pods and counts them', async () => {
    const labelSelector = { matchLabels: { app: 'orders-db' } };
    await backup({ includedNamespaces: [up().namespace], labelSelector }, async make => {
      const mark = (await up().history()).length;
      const { status } = (await make()).backup;
      assert.equal(status?.phase, 'Completed');
      assert.deepEqual(status?.hookStatus, { hooksAttempted: 2, hooksFailed: 0 });
      const happened = (await up().history()).slice(mark).map(line => line.split(' ')[0]);
      assert.deepEqual(happened, ['quiesced', 'released']);
    });
  });

  test('that is stopped during a hook releases the pod, and leaves nothing in the store', async () => {
    await up().createPod('stopped', ['sleep', '1000'], { app: 'stopped' });
    const key = { namespace: up().namespace, name: 'stopped' };
    await until(up().client, podType, key, pod => textAt(pod, 'status', 'phase') === 'Running');
    const labelSelector = { matchLabels: { app: 'stopped' } };
    const pre = [sh('echo begun; sleep 1; echo quiesced >> /tmp/log')];
    const post = [sh('echo released >> /tmp/log')];
    const hooks = { resources: [{ name: 'test', labelSelector, pre, post }] };
    await backup({ includedNamespaces: [up().namespace], labelSelector, hooks }, async (make, store) => {
      const stop = new AbortController();
      const api = overhearing(up().client, text => {
        if (text.includes('begun')) stop.abort(new Error('stopped by hand'));
      });
      await assert.rejects(make({ api, signal: stop.signal }), thrown => thrown === stop.signal.reason);
      const { stdout } = await up().client.exec(key, { command: ['cat', '/tmp/log'] });
      assert.equal(stdout, 'quiesced\nreleased\n');
      assert.deepEqual(await Array.fromAsync(store.list('')), []);
    });
  });
});

suite('pods that end', () => {
  test('a pod that has ended since it was listed needs no hooks', async () => {
    const listed = await up().createPod('short', ['true']);
    const key = { namespace: up().namespace, name: 'short' };
    const ended = await until(
      up().client,
      podType,
      key,
      pod => textAt(pod, 'status', 'phase') === 'Succeeded',
    );
    const spec = { pre: [sh('true')], post: [sh('true')] };
    const { stored, counts, report } = await up().play({ ...listed, status: { phase: 'Running' } }, { spec });
    assert.deepEqual([stored, counts.failed, findings(report)], [['short'], 0, '']);
    assert.equal((await up().play(ended, { spec })).counts.attempted, 0);
  });

  test('a pod that goes away under its hook is a failure, not a hang', async () => {
    await up().createPod('doomed', ['sleep', '1000']);
    const key = { namespace: up().namespace, name: 'doomed' };
    const pod = await until(up().client, podType, key, each => textAt(each, 'status', 'phase') === 'Running');
    const gone = Promise.withResolvers<boolean>();
    const { stored, report } = await up().play(pod, {
      spec: { pre: [sh('echo begun; exec sleep 1000')] },
      onLine: line => {
        if (line.endsWith('stdout: begun'))
          gone.resolve(up().client.delete(podType, key, { gracePeriodSeconds: 0 }));
      },
    });
    assert.equal(await gone.promise, true);
    assert.deepEqual(stored, []);
    assert.match(findings(report), /^error pre hook test in container main /);
  });
});

test('the pod brings its claim, that its volume; its account brings what grants it rights', async () => {
  const report = createRunReport(systemClock);
  const reader = liveRelatedReader({ api: up().client, report });
  const pod = await up().pod();
  const [claim] = await relatedTo({ type: podType, object: pod }, reader);
  assert.deepEqual(claim?.key, { namespace: up().namespace, name: `data-${database}` });
  const claims = await typeNamed(up().client, claim.resource);
  const object = await up().client.get(claims, claim.key);
  assert.ok(object);
  const [volume] = await relatedTo({ type: claims, object }, reader);
  assert.ok(volume);
  const stored = await up().client.get(await typeNamed(up().client, volume.resource), volume.key);
  assert.equal(textAt(stored, 'spec', 'claimRef', 'uid'), object.metadata.uid);

  const accounts = await typeNamed(up().client, 'serviceaccounts');
  const account = await up().client.get(accounts, { namespace: up().namespace, name: 'orders-db' });
  assert.ok(account);
  const related = await relatedTo({ type: accounts, object: account }, reader);
  assert.deepEqual(
    related.map(({ resource, key }) => `${resource}/${key.name}`),
    [
      `clusterrolebindings.rbac.authorization.k8s.io/${up().clusterRole}`,
      `clusterroles.rbac.authorization.k8s.io/${up().clusterRole}`,
    ],
  );
  for (const { resource, key } of related) {
    const type = await typeNamed(up().client, resource);
    assert.equal(groupResource(type), resource);
    assert.ok(await up().client.get(type, key));
  }
  assert.equal(report.errors, 0);
});
