import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginBackup } from '#archive/runs/backup-run.ts';
import { deleteBackup } from '#archive/runs/delete-backup.ts';
import { sweepInterrupted } from '#archive/runs/sweep.ts';
import { listBackups, openBackup, readBackupLog } from '#archive/stored/backups.ts';
import { listRestores, readRestore } from '#archive/stored/restores.ts';
import {
  deadRun,
  distantRun,
  everythingIn,
  filesOf,
  livingRun,
  sampleArchive,
  sampleBackup,
  sampleFiles,
  writeBackup,
  writeRestore,
} from '#archive/testing/runs.ts';
import { validateLayout } from '#storage/layout.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { openS3 } from '#storage/s3/store.ts';
import type { ConformanceTest } from '#storage/testing/conformance.ts';
import { all, bytesOf, collect, inChunks } from '#storage/testing/contents.ts';
import { sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';
import { inNewBucket, settingsOf } from '../storage/s3-subject.ts';

async function onS3(run: ConformanceTest): Promise<void> {
  const server = await sharedObjectStore();
  await inNewBucket({ server: () => server, prefix: 'clusters/one' })(run);
}

test('of two processes that begin one backup at once, exactly one does', async () => {
  await onS3(async ({ store, reopen }) => {
    const other = await reopen();
    for (let round = 0; round < 5; round++) {
      const name = `nightly-${round}`;
      const options = await Promise.all([livingRun(), distantRun()]);
      const begins = [beginBackup(store, name, options[0]), beginBackup(other, name, options[1])];
      const outcomes = await Promise.allSettled(begins);
      const runs = outcomes.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
      for (const each of outcomes) {
        if (each.status === 'rejected') assert.equal(each.reason.code, 'archive.backup-running');
      }
      assert.equal(runs.length, 1);
      await runs[0]?.putArchive(sampleArchive());
      await runs[0]?.commit(sampleBackup(name), await sampleFiles());
    }
    const names = (await all(listBackups(store))).map(each => each.name);
    assert.deepEqual(names, ['nightly-0', 'nightly-1', 'nightly-2', 'nightly-3', 'nightly-4']);
    assert.deepEqual(await everythingIn(store), names.flatMap(filesOf));
    await other.close();
  });
});

test('an upload that is aborted in its middle leaves nothing once it is discarded', async () => {
  await onS3(async ({ store }) => {
    const controller = new AbortController();
    const run = await beginBackup(store, 'nightly', await livingRun({ signal: controller.signal }));
    async function* long() {
      for (let part = 0; part < 30; part++) {
        if (part === 20) controller.abort(new Error('Ctrl-C'));
        yield bytesOf(`${part}`, 1_000_000);
      }
    }
    await assert.rejects(run.putArchive(long()), /Ctrl-C/);
    await run.discard();
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a sweep removes what dead runs left, unfinished multipart uploads too, and no others', async () => {
  await onS3(async ({ store, leaveUnfinished = async () => {} }) => {
    await writeBackup(store, 'whole');
    await beginBackup(store, 'dead', await deadRun());
    await leaveUnfinished('backups/dead/dead.tar.gz');
    const alive = await beginBackup(store, 'alive', await livingRun());
    await leaveUnfinished('backups/alive/alive.tar.gz');
    await leaveUnfinished('backups/velero/velero.tar.gz');
    await beginBackup(store, 'distant', await distantRun());
    const swept = await sweepInterrupted(store);
    assert.deepEqual(swept.removed, ['dead']);
    assert.deepEqual(
      swept.left.map(({ name, reason }) => [name, reason]),
      [
        ['alive', 'running'],
        ['distant', 'elsewhere'],
      ],
    );
    assert.deepEqual(await everythingIn(store), [
      'backups/alive/hozon-run.json',
      'backups/distant/hozon-run.json',
      ...filesOf('whole'),
      'unfinished backups/alive/alive.tar.gz',
      'unfinished backups/velero/velero.tar.gz',
    ]);
    await alive.discard();
    assert.equal((await all(store.unfinished('backups/alive/'))).length, 0);
    assert.deepEqual(await validateLayout(store), []);
  });
});

test('the next run of the same name clears what the dead one left and takes its place', async () => {
  await onS3(async ({ store, leaveUnfinished = async () => {} }) => {
    const dead = await beginBackup(store, 'nightly', await deadRun());
    await dead.putArchive(inChunks(bytesOf('dead', 6_000_000), 100_000));
    await leaveUnfinished('backups/nightly/nightly.tar.gz');
    await writeBackup(store, 'nightly');
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
    await using archive = await openBackup(store, 'nightly');
    assert.equal(archive.size, 1);
    assert.match((await collect(readBackupLog(store, 'nightly'))).toString(), /it is odd/);
  });
});

test('a backup is deleted with its restores', async () => {
  await onS3(async ({ store }) => {
    await Promise.all([writeBackup(store, 'monday'), writeBackup(store, 'tuesday')]);
    await Promise.all([writeRestore(store, 'one', 'monday'), writeRestore(store, 'two', 'tuesday')]);
    await deleteBackup(store, 'monday', await livingRun());
    assert.deepEqual(
      (await all(listRestores(store))).map(each => each.name),
      ['two'],
    );
    assert.equal((await readRestore(store, 'two')).status?.phase, 'Completed');
    assert.deepEqual(
      (await everythingIn(store)).filter(key => !key.startsWith('restores/')),
      filesOf('tuesday'),
    );
  });
});

test('in a bucket with versions a deleted backup is gone, and its name free again', async () => {
  const server = await sharedObjectStore();
  const bucket = await uniqueBucket(server, { versioning: true });
  const store: ObjectStore = await openS3(settingsOf(server, bucket));
  await writeBackup(store, 'nightly');
  await deleteBackup(store, 'nightly', await livingRun());
  assert.deepEqual(await all(listBackups(store)), []);
  await writeBackup(store, 'nightly');
  assert.deepEqual(await everythingIn(store), filesOf('nightly'));
  await store.close();
});

test('hundreds of backups are listed by name', async () => {
  await onS3(async ({ store }) => {
    const names = Array.from({ length: 120 }, (_, at) => `backup-${String(at).padStart(3, '0')}`);
    await Promise.all(
      names.map(name =>
        store.put(`backups/${name}/velero-backup.json`, Buffer.from(JSON.stringify(sampleBackup(name)))),
      ),
    );
    const listed = await all(listBackups(store));
    assert.deepEqual(
      listed.map(each => each.backup?.metadata.name),
      names,
    );
  });
});
