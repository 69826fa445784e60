import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all } from '#storage/testing/contents.ts';
import { atEveryCall, dying, succeeds } from '../testing/crashes.ts';
import { everythingIn, filesOf, inStore, writeBackup } from '../testing/runs.ts';
import { listBackups } from './backups.ts';
import { clearFolder } from './folder.ts';

test('what is cleared in part no longer looks like a backup', async () => {
  let partly = 0;
  await atEveryCall(
    async (store, at) => {
      const crash = dying(store, at, 'before');
      const cleared = await succeeds(clearFolder(crash.store, 'backups/nightly/'));
      const left = await everythingIn(store);
      const listed = await all(listBackups(store));
      assert.equal(listed.length, left.length === filesOf('nightly').length ? 1 : 0, `after call ${at}`);
      if (cleared) assert.deepEqual(left, []);
      else if (left.length < filesOf('nightly').length) partly++;
      return { reached: crash.reached() };
    },
    store => writeBackup(store, 'nightly'),
  );
  assert.ok(partly > 5);
});

test('what appears while a folder is cleared goes too; the marker and what is to be kept stay', async () => {
  await inStore(async store => {
    const keys = ['a', 'b', 'hozon-run.json', 'keep'].map(name => `restores/x/${name}`);
    for (const key of keys) await store.put(key, Buffer.from('x'));
    const totals: number[] = [];
    let late = 2;
    const onRemoved = (_: string, total: number) => totals.push(total);
    const mayRemove = async () => {
      if (late-- > 0) await store.put(`restores/x/late-${late}`, Buffer.from('x'));
      return true;
    };
    assert.equal(
      await clearFolder(store, 'restores/x/', { keep: ['restores/x/keep'], onRemoved, mayRemove }),
      true,
    );
    assert.deepEqual(await everythingIn(store), ['restores/x/hozon-run.json', 'restores/x/keep']);
    assert.deepEqual(totals, [2, 2, 3, 4]);
  });
});
