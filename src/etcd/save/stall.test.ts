import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { watchForStall } from './stall.ts';

const stalled = (): Error => new Error('stalled');

/** Lets what was resolved go on. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

async function at(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    mock.timers.tick(500);
    await settle();
  }
}

test('what does not move is given up, and what moves is not', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    let size = 0;
    using watch = watchForStall({ stallMs: 4000, stalled, measure: async () => size });
    for (let time = 0; time < 10; time++) {
      size++;
      await at(2000);
    }
    assert.ok(!watch.signal.aborted);
    await at(6000);
    assert.match(String(watch.signal.reason), /stalled/);
  } finally {
    mock.timers.reset();
  }
});

test('what cannot be seen is not given up, and what fails to be asked is no move', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    using unseen = watchForStall({ stallMs: 4000, stalled, measure: async () => undefined });
    using failing = watchForStall({ stallMs: 4000, stalled, measure: () => Promise.reject(new Error('no')) });
    await at(20_000);
    assert.ok(!unseen.signal.aborted);
    assert.ok(failing.signal.aborted);
  } finally {
    mock.timers.reset();
  }
});

test('the time that the reader takes does not count, that of the writer does', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  try {
    const silence = Promise.withResolvers<void>();
    async function* pieces(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      await silence.promise;
    }
    using watch = watchForStall({ stallMs: 4000, stalled });
    const reading = watch.through(pieces());
    await reading.next();
    await at(20_000);
    assert.ok(!watch.signal.aborted);
    await reading.next();
    const third = reading.next();
    await settle();
    await at(5000);
    assert.ok(watch.signal.aborted);
    silence.resolve();
    await third;
  } finally {
    mock.timers.reset();
  }
});
