import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BegunWrite } from '#storage/object-store.ts';
import { PackUnwritten } from './pack-file.ts';
import { newSlots, PackSlots } from './pack-slots.ts';
import { CalledOff, Calling } from './shared-lock.ts';
import { SlotFiles } from './slot-files.ts';

const layout = { keySize: 4, start: 0, target: 1000, room: 1200, entryLimit: 16, tailRoom: 100 };
const none = (): void => assert.fail('nothing is full');

function begun(descriptor: number, abandoned: number[]): BegunWrite {
  return {
    descriptor,
    failure: thrown => new Error(`named ${descriptor}`, { cause: thrown }),
    finish: () => assert.fail('it is not finished'),
    abandon: async () => void abandoned.push(descriptor),
  };
}

function setUp(begin?: () => Promise<BegunWrite | undefined>) {
  const calling = Calling.memory();
  const slots = new PackSlots(newSlots(layout, 4), new Calling(calling));
  const failures: unknown[] = [];
  const onFailure = (thrown: unknown): void => void failures.push(thrown);
  const files = new SlotFiles({ signal: new AbortController().signal, slots, begin, onFailure });
  return { slots, files, failures, calling: new Calling(calling) };
}

test('slots lie in memory where the store begins nothing, or says that it cannot', async () => {
  for (const begin of [undefined, async () => undefined]) {
    const { slots, files } = setUp(begin);
    await files.make(3);
    const { slot } = slots.reserve(0, [10], none);
    assert.notEqual(slots.memory(slot), undefined);
    await files.abandon();
  }
});

test('slots lie in files, one after the other, and those that came to nothing are abandoned', async () => {
  const abandoned: number[] = [];
  let descriptor = 10;
  const { slots, files, calling } = setUp(async () => begun(descriptor++, abandoned));
  await files.make(2);
  const place = slots.reserve(0, [10], none);
  const { slot } = place;
  slots.written(place, [{ key: Buffer.from('abcd'), length: 10, first: 0, second: 0 }]);
  assert.equal(slots.memory(slot), undefined);
  assert.equal(slots.reserve(1, [10], none).slot, 1);
  const { written } = files.of(slot, 10) as { written: BegunWrite };
  assert.equal(written.descriptor, 10);
  slots.closeOpen(0);
  files.renew(slot);
  await files.make(3);
  assert.throws(() => files.of(3, 1), /no file/);
  assert.equal((files.of(slot, 10) as { written: BegunWrite }).written.descriptor, 12);
  await files.abandon();
  assert.deepEqual(
    abandoned.toSorted((a, b) => a - b),
    [11, 12, 13],
  );
  calling.off();
  assert.throws(() => {
    for (;;) slots.reserve(0, [1000], () => {});
  }, CalledOff);
});

test('what cannot be begun is told, and what cannot be written is named by its file', async () => {
  const denied = new Error('denied');
  const failing = setUp(async () => Promise.reject(denied));
  await failing.files.make(1);
  assert.deepEqual(failing.failures, [denied]);
  const { files } = setUp(async () => begun(7, []));
  await files.make(1);
  const [full, other] = [new Error('full'), new Error('other')];
  const told = files.failure(new PackUnwritten(0, full)) as Error;
  assert.deepEqual([told.message, told.cause], ['named 7', full]);
  assert.equal(files.failure(new PackUnwritten(1, full)), full);
  assert.equal(files.failure(other), other);
});

test('a file that is being begun when all are abandoned is abandoned, too', async () => {
  const abandoned: number[] = [];
  const beginning = Promise.withResolvers<void>();
  const { files } = setUp(async () => {
    await beginning.promise;
    return begun(7, abandoned);
  });
  const making = files.make(1);
  const ending = files.abandon();
  beginning.resolve();
  await Promise.all([making, ending]);
  assert.deepEqual(abandoned, [7]);
});
