import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepInterrupted } from '#archive/runs/sweep.ts';
import {
  listBackups,
  openBackup,
  readBackupLog,
  readBackupResourceList,
  readBackupResults,
  readBackupVolumeInfos,
} from '#archive/stored/backups.ts';
import { atEveryCall, deaths, dying, failingOnce, succeeds } from '#archive/testing/crashes.ts';
import { deadRun, everythingIn, filesOf, livingRun, writeBackup } from '#archive/testing/runs.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { all } from '#storage/testing/contents.ts';

/** Whether there is the backup; if so, every part of it must be there. */
async function isWhole(store: ObjectStore, name: string): Promise<boolean> {
  const listed = await all(listBackups(store));
  if (listed.length === 0) return false;
  assert.deepEqual(
    listed.map(each => [each.name, each.backup?.status?.phase]),
    [[name, 'Completed']],
  );
  await using archive = await openBackup(store, name);
  assert.equal(archive.size, 1);
  const log = Buffer.concat(await all(readBackupLog(store, name))).toString();
  assert.match(log, /level=warning msg="it is odd"/);
  const results = await readBackupResults(store, name);
  assert.deepEqual(results?.warnings.namespaces, { apps: ['pods/web: it is odd'] });
  assert.deepEqual(await readBackupResourceList(store, name), { 'v1/ConfigMap': ['apps/settings'] });
  assert.equal((await readBackupVolumeInfos(store, name))?.length, 1);
  return true;
}

for (const death of deaths) {
  test(`a process that dies ${death} any call leaves no backup or a whole one, and a sweep the same`, async () => {
    let whole = 0;
    let none = 0;
    await atEveryCall(async (store, at) => {
      const crash = dying(store, at, death);
      const finished = await succeeds(writeBackup(crash.store, 'nightly', await deadRun()));
      const before = await isWhole(store, 'nightly');
      if (finished) assert.ok(before);
      const swept = await sweepInterrupted(store);
      assert.deepEqual(swept.left, [], `after call ${at}`);
      assert.equal(await isWhole(store, 'nightly'), before, `after call ${at}`);
      assert.deepEqual(await everythingIn(store), before ? filesOf('nightly') : [], `after call ${at}`);
      if (before) whole++;
      else none++;
      return { reached: crash.reached() };
    });
    assert.ok(whole >= 2 && none >= 10, `${whole} whole, ${none} none`);
  });

  test(`a backup that fails ${death} any call leaves nothing when it is discarded, and succeeds when it is run again`, async () => {
    await atEveryCall(async (store, at) => {
      const fault = failingOnce(store, at, death);
      const finished = await succeeds(writeBackup(fault.store, 'nightly', await livingRun()));
      assert.equal(await isWhole(store, 'nightly'), finished, `after call ${at}`);
      if (finished)
        await sweepInterrupted(store); // of a marker that could not be removed
      else await writeBackup(store, 'nightly');
      assert.deepEqual(await everythingIn(store), filesOf('nightly'), `after call ${at}`);
      return { reached: fault.reached() };
    });
  });
}
