import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Restore } from '#api/velero/restore.ts';
import { beginRestore } from '#archive/runs/restore-run.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { systemClock } from '#foundation/clock.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { runHere } from '../../testing.ts';
import { storedLocation } from '../../velero/testing/stored-location.ts';

type Run = (...words: string[]) => ReturnType<typeof runHere>;

/** A location with restores, and Hozon on it. The clock stands at 2026-01-02T03:04:05Z. */
async function scene(t: TestContext): Promise<Run> {
  const at = await storedLocation(t);
  const put = async (name: string, spec: object, status: object): Promise<void> =>
    at.put(`restores/${name}/hozon-restore.json`, {
      apiVersion: 'velero.io/v1',
      kind: 'Restore',
      metadata: { name, creationTimestamp: '2026-01-02T03:03:45Z', labels: { team: name } },
      spec: { backupName: 'nightly', ...spec },
      status: {
        phase: 'Completed',
        startTimestamp: '2026-01-02T03:03:45Z',
        completionTimestamp: '2026-01-02T03:03:55Z',
        progress: { totalItems: 3, itemsRestored: 3 },
        ...status,
      },
    });
  await put('fine', {}, {});
  await put(
    'partial',
    { namespaceMapping: { shop: 'copy' }, existingResourcePolicy: 'update', preserveNodePorts: true },
    { phase: 'PartiallyFailed', errors: 1 },
  );
  const folder = 'restores/partial/restore-partial';
  await at.put(`${folder}-logs.gz`, 'a line\n');
  await at.put(`${folder}-results.gz`, { errors: { namespaces: { copy: ['boom'] } }, warnings: {} });
  await at.put(`${folder}-resource-list.json.gz`, {
    'v1/Pod': ['copy/a(created)', 'copy/b(failed)'],
    'v1/Namespace': ['copy(created)'],
    'v1/ConfigMap': ['copy/c(skipped)'],
  });
  await at.put('restores/broken/hozon-restore.json', '{');
  await at.put('restores/of-velero/restore-of-velero-logs.gz', 'x');
  return (...words) => runHere(['restore', ...words, '--location', at.url], { env: { HOME: at.directory } });
}

test('restores are listed as Velero lists them', async t => {
  const hozon = await scene(t);
  const { code, out, err } = await hozon('get');
  assert.equal(code, 0);
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map(line => line.split(/ {2,}/)),
    [
      ['NAME', 'BACKUP', 'STATUS', 'STARTED', 'COMPLETED', 'ERRORS', 'WARNINGS', 'SELECTOR'],
      ['broken', '-', 'Unreadable', '-', '-', '-', '-', '-'],
      ['fine', 'nightly', 'Completed', '20s ago', '10s ago', '0', '0', '<none>'],
      ['partial', 'nightly', 'PartiallyFailed', '20s ago', '10s ago', '1', '0', '<none>'],
    ],
  );
  assert.match(err, /^Note: broken cannot be read: /);
  assert.equal((await hozon('get', '-o', 'name', '-l', 'team=fine')).out, 'restore.velero.io/fine\n');
  assert.equal((await hozon('get', 'absent')).code, 10);
});

test('a description tells what was asked for and what came of it', async t => {
  const hozon = await scene(t);
  const { out } = await hozon('describe', 'partial');
  for (const pattern of [
    /^Phase: +PartiallyFailed$/m,
    /^Backup: +nightly$/m,
    /^Filters: +none: everything$/m,
    /^Namespace mappings: +shop → copy$/m,
    /^Existing objects: +update$/m,
    /^Keep node ports: +yes$/m,
    /^Duration: +10s$/m,
    /^Objects: +2 created, 1 skipped, 1 failed$/m,
    /^ {2}Cluster-scoped:\n {4}v1\/Namespace: +1 created$/m,
    /^ {2}copy:\n {4}v1\/ConfigMap: +1 skipped\n {4}v1\/Pod: +1 created, 1 failed$/m,
    /^Errors: +1\n {2}copy:\n {4}boom$/m,
  ]) {
    assert.match(out, pattern);
  }
  assert.match((await hozon('describe', 'partial', '--details')).out, /^ {4}copy\/b\(failed\)$/m);
  const data = JSON.parse((await hozon('describe', 'partial', '-o', 'json')).out) as Record<string, unknown>;
  assert.deepEqual((data['resourceList'] as Record<string, unknown>)['v1/ConfigMap'], ['copy/c(skipped)']);
});

test('logs come as they were written', async t => {
  const hozon = await scene(t);
  assert.equal((await hozon('logs', 'partial')).out, 'a line\n');
  assert.equal((await hozon('logs', 'absent')).code, 10);
});

test('records are deleted, and what Velero left of its restores', async t => {
  const hozon = await scene(t);
  assert.deepEqual([(await hozon('delete', 'fine')).code, (await hozon('delete', '--confirm')).code], [2, 2]);
  assert.equal((await hozon('delete', 'fine', 'of-velero', '--confirm')).code, 0);
  assert.equal((await hozon('logs', 'fine')).code, 10);
  assert.equal((await hozon('delete', 'of-velero', '--confirm')).code, 10);
  assert.equal((await hozon('delete', '--selector', 'team=partial', '--confirm')).code, 0);
  assert.equal((await hozon('get', '-o', 'name')).out, 'restore.velero.io/broken\n');
  assert.equal((await hozon('delete', '--all', '--confirm')).code, 0);
  assert.equal((await hozon('get', '-o', 'name')).out, '');
});

test('a restore that is under way is shown as such and is not deleted', async t => {
  const at = await storedLocation(t);
  const store = new FilesystemStore(at.directory);
  const wanted: Restore = {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'live' },
    spec: { backupName: 'nightly' },
  };
  const identity = await readRunIdentity();
  const run = await beginRestore(store, wanted, { identity, clock: systemClock });
  const hozon: Run = (...words) =>
    runHere(['restore', ...words, '--location', at.url], { env: { HOME: at.directory } });
  assert.match((await hozon('get')).out, /^live +nightly +InProgress +/m);
  const refused = await hozon('delete', 'live', '--confirm');
  assert.deepEqual([refused.code, /archive\.restore-running/.test(refused.err)], [11, true]);
  await run.abandon('the test ends');
  assert.match((await hozon('describe', 'live')).out, /^Phase: +Failed\nReason: +the test ends$/m);
  assert.equal((await hozon('delete', 'live', '--confirm')).code, 0);
});
