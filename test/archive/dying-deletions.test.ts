import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginBackup } from '#archive/runs/backup-run.ts';
import { deleteBackup } from '#archive/runs/delete-backup.ts';
import { beginRestore } from '#archive/runs/restore-run.ts';
import { sweepInterrupted } from '#archive/runs/sweep.ts';
import { listBackups } from '#archive/stored/backups.ts';
import { atEveryCall, dying, succeeds } from '#archive/testing/crashes.ts';
import {
  deadRun,
  distantRun,
  everythingIn,
  filesOf,
  inStore,
  livingRun,
  sampleArchive,
  sampleRestore,
  writeBackup,
  writeRestore,
} from '#archive/testing/runs.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { readOnly } from '#storage/read-only.ts';
import { all } from '#storage/testing/contents.ts';
import { faulty } from '#storage/testing/faulty.ts';

async function twoBackups(store: ObjectStore): Promise<void> {
  await Promise.all([writeBackup(store, 'monday'), writeBackup(store, 'tuesday')]);
  await Promise.all([
    writeRestore(store, 'monday-again', 'monday'),
    writeRestore(store, 'tuesday-again', 'tuesday'),
  ]);
}

async function foldersOf(store: ObjectStore): Promise<string[]> {
  return [...new Set((await everythingIn(store)).map(key => key.split('/').slice(0, 2).join('/')))];
}

test('a deleted backup is gone with the restores made from it; others stay', async () => {
  await inStore(async store => {
    await twoBackups(store);
    const events: ProgressEvent[] = [];
    await deleteBackup(store, 'monday', { ...(await livingRun()), progress: event => events.push(event) });
    assert.deepEqual(await foldersOf(store), ['backups/tuesday', 'restores/tuesday-again']);
    assert.deepEqual(events.at(-1)?.done, events.at(-1)?.total);
    const again = deleteBackup(store, 'monday', await livingRun());
    await assert.rejects(again, { code: 'archive.backup-not-found' });
  });
});

for (const death of ['before', 'after'] as const) {
  test(`a deletion that dies ${death} any call is carried to its end by a sweep, or has not begun`, async () => {
    let gone = 0;
    await atEveryCall(async (store, at) => {
      const crash = dying(store, at, death);
      const deleted = await succeeds(deleteBackup(crash.store, 'monday', await deadRun()));
      const swept = await sweepInterrupted(store);
      assert.deepEqual([swept.left, swept.failedRestores], [[], []]);
      const names = (await all(listBackups(store))).map(each => each.name);
      const isGone = !names.includes('monday');
      if (deleted) assert.ok(isGone);
      const expected = isGone
        ? ['backups/tuesday', 'restores/tuesday-again']
        : ['backups/monday', 'backups/tuesday', 'restores/monday-again', 'restores/tuesday-again'];
      assert.deepEqual(await foldersOf(store), expected, `after call ${at}`);
      if (isGone) gone++;
      return { reached: crash.reached() };
    }, twoBackups);
    assert.ok(gone >= 20, `${gone}`);
  });
}

test('an interrupted deletion can be run again, and what an interrupted backup left can be deleted', async () => {
  await inStore(async store => {
    await writeBackup(store, 'monday');
    const crash = dying(store, 12, 'before');
    await assert.rejects(deleteBackup(crash.store, 'monday', await deadRun()));
    assert.notDeepEqual(await everythingIn(store), []);
    await deleteBackup(store, 'monday', await livingRun());
    assert.deepEqual(await everythingIn(store), []);
    await (await beginBackup(store, 'tuesday', await deadRun())).putArchive(sampleArchive());
    await deleteBackup(store, 'tuesday', await livingRun());
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a deletion is refused while a run is at work on the backup, here or on another host', async () => {
  await inStore(async store => {
    for (const options of [await livingRun(), await distantRun()]) {
      const run = await beginBackup(store, 'nightly', options);
      const deletion = deleteBackup(store, 'nightly', await livingRun());
      await assert.rejects(deletion, { code: 'archive.backup-running', exit: 'locked' });
      await run.discard();
    }
    await writeBackup(store, 'nightly');
    const restore = await beginRestore(store, sampleRestore('again', 'nightly'), await livingRun());
    const deletion = deleteBackup(store, 'nightly', await livingRun());
    await assert.rejects(deletion, { code: 'archive.backup-in-use', exit: 'locked' });
    await restore.abandon('the test ends');
    await deleteBackup(store, 'nightly', await livingRun());
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('two deletions at once: one does it, the other says so or that it is done', async () => {
  await inStore(async store => {
    await twoBackups(store);
    const options = await livingRun();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => deleteBackup(store, 'monday', options)));
    assert.ok(outcomes.some(outcome => outcome.status === 'fulfilled'));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        assert.match(outcome.reason.code, /^archive\.backup-(deleting|not-found)$/);
      }
    }
    assert.deepEqual(await foldersOf(store), ['backups/tuesday', 'restores/tuesday-again']);
  });
});

test('on a read-only location nothing is tried', async () => {
  await inStore(async store => {
    await writeBackup(store, 'nightly');
    const deletion = deleteBackup(readOnly(store), 'nightly', await livingRun());
    await assert.rejects(deletion, { code: 'storage.read-only' });
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
  });
});

test('a backup whose velero-backup.json may not be deleted stays as it was', async () => {
  await inStore(async store => {
    await writeBackup(store, 'nightly');
    const error = new Error('it is locked');
    const locked = faulty(store, ({ operation, key }) =>
      operation === 'delete' && key.endsWith('/velero-backup.json') ? { kind: 'before', error } : undefined,
    );
    await assert.rejects(deleteBackup(locked, 'nightly', await livingRun()), error);
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
  });
});

test('files that Hozon did not write are not deleted', async () => {
  await inStore(async store => {
    await store.put('backups/foreign/foreign-logs.gz', Buffer.from('x'));
    const deletion = deleteBackup(store, 'foreign', await livingRun());
    await assert.rejects(deletion, { code: 'archive.directory-occupied' });
    await assert.rejects(deleteBackup(store, '../x', await livingRun()), { code: 'archive.invalid-name' });
    assert.deepEqual(await everythingIn(store), ['backups/foreign/foreign-logs.gz']);
  });
});
