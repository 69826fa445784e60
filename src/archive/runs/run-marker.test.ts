import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#foundation/clock.ts';
import { faulty } from '#storage/testing/faulty.ts';
import { everythingIn, inStore, livingRun } from '../testing/runs.ts';
import { deleteBackup } from './delete-backup.ts';
import { judgeMarker, placeMarker, type Repeat, readMarker } from './run-marker.ts';
import { storeTimeOf } from './store-time.ts';
import { sweepInterrupted } from './sweep.ts';

const program = new URL('../testing/forgetful-run.ts', import.meta.url).pathname;
const folder = 'backups/nightly/';
const key = `${folder}hozon-run.json`;

test('a run does not keep its process alive, and is dead to others when that has ended', async () => {
  await inStore(async store => {
    const child = spawn(process.execPath, [program, fileURLToPath(store.url), 'nightly'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told = once(child.stdout, 'data');
    const [exitCode] = (await once(child, 'exit')) as [number];
    assert.equal(exitCode, 0);
    assert.equal(String((await told)[0]), 'stored\n');
    assert.deepEqual(await everythingIn(store), [key, `${folder}nightly.tar.gz`]);
    const swept = await sweepInterrupted(store);
    assert.deepEqual(swept, { removed: ['nightly'], failedRestores: [], left: [] });
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a marker that this process no longer holds is dead to it too', async () => {
  await inStore(async store => {
    const held = await placeMarker(store, folder, 'backup', await livingRun());
    const marker = await readMarker(store, key);
    assert.ok(marker !== undefined);
    const judge = () => judgeMarker(store, key, marker, { storeTime: storeTimeOf(store) });
    assert.equal(await judge(), 'alive');
    await held.stop();
    assert.equal(await judge(), 'dead');
    assert.equal(await held.state(), 'own');
    await deleteBackup(store, 'nightly', { ...(await livingRun()), clock: systemClock });
    assert.equal(await held.state(), 'gone');
  });
});

test('a marker whose answer was lost is taken back', async () => {
  await inStore(async store => {
    const losing = faulty(store, ({ operation }) =>
      operation === 'putIfAbsent' ? { kind: 'after' } : undefined,
    );
    const placed = placeMarker(losing, folder, 'backup', await livingRun());
    await assert.rejects(placed, { code: 'storage.unavailable' });
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a renewal that fails is tried again at the next time', async () => {
  await inStore(async store => {
    let tick = () => {};
    const repeat: Repeat = action => {
      tick = action;
      return () => {};
    };
    let failing = true;
    let tried = () => {};
    const flaky = faulty(store, ({ operation }) => {
      if (operation !== 'put' || !failing) return undefined;
      failing = false;
      setImmediate(tried);
      return { kind: 'before' };
    });
    const held = await placeMarker(flaky, folder, 'backup', await livingRun({ repeat }));
    const before = await readMarker(store, key);
    const first = new Promise<void>(resolve => (tried = resolve));
    tick();
    await first;
    assert.equal(held.lost.aborted, false);
    assert.deepEqual(await readMarker(store, key), before);
    await new Promise(resolve => setImmediate(resolve));
    tick();
    await held.stop(); // waits for the renewal that is under way
    const after = await readMarker(store, key);
    assert.equal(after?.token, before?.token);
    assert.notEqual(after?.renewed, before?.renewed);
    await held.release();
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('the store’s time goes on and leaves nothing in the store', async () => {
  await inStore(async store => {
    const storeTime = storeTimeOf(store);
    const [one, two] = [await storeTime(), await storeTime()];
    assert.ok(Math.abs(one - Date.now()) < 600_000);
    assert.ok(two >= one);
    assert.deepEqual(await everythingIn(store), []);
  });
});
