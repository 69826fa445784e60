import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { endThread } from './thread-end.ts';

const definer = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(new URL('./libc.ts', import.meta.url).href)}).then(({ libc }) => {
    parentPort.postMessage('begun');
    for (;;) libc('getpid', 'int', [])();
  });
`;

test('threads are ended amid definitions of functions, and this process lives on', async () => {
  for (let round = 0; round < 12; round++) {
    const threads = [0, 1].map(() => new Worker(definer, { eval: true }));
    const ended = threads.map(thread => once(thread, 'exit'));
    const [first] = threads;
    if (round % 2 === 0 && first !== undefined) await once(first, 'message');
    await passed(randomInt(60));
    await Promise.all(threads.map(endThread));
    assert.equal((await Promise.all(ended)).length, threads.length);
  }
});
