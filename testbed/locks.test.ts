import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { lock, released, tryLock } from './locks.ts';

test('a lock has one holder, and the next waiter gets it when it is released', async () => {
  const name = `test-${process.pid}-one`;
  const first = await lock(name);
  assert.equal(await tryLock(name), undefined);
  const order: string[] = [];
  const second = lock(name, { onWait: () => order.push('waits') }).then(taken => {
    order.push('taken');
    return taken;
  });
  while (order.length === 0) await new Promise(setImmediate);
  order.push('released');
  await first.release();
  await (await second).release();
  assert.deepEqual(order, ['waits', 'released', 'taken']);
});

test('a killed holder holds nothing', async () => {
  const name = `test-${process.pid}-two`;
  const program = `import { lock } from './locks.ts'; await lock('${name}'); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  assert.equal(await tryLock(name), undefined);
  const freed = released(name);
  child.kill('SIGKILL');
  await freed;
  const taken = await lock(name);
  await taken.release();
});

test('waiting ends with the signal', async () => {
  const name = `test-${process.pid}-three`;
  await using _held = await lock(name);
  await assert.rejects(lock(name, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  const controller = new AbortController();
  const waiting = lock(name, {
    signal: controller.signal,
    onWait: () => setImmediate(() => controller.abort(new Error('stop'))),
  });
  await assert.rejects(waiting, /stop/);
});
