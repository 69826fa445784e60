import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSlots, PackSlots } from './pack-slots.ts';
import { Calling } from './shared-lock.ts';

const layout = { keySize: 4, start: 8, target: 1000, room: 1200, entryLimit: 16, tailRoom: 100 };
const key = Buffer.from('abcd');

test('an open slot is closed when nobody writes to it any more, and not before', () => {
  const slots = new PackSlots(newSlots(layout, 3), new Calling(Calling.memory()));
  for (const slot of [0, 1]) slots.release(slot);
  assert.equal(slots.closeOpen(0), undefined);
  const complete = (): void => assert.fail('nothing is full');
  const [first, second] = [slots.reserve(0, [10], complete), slots.reserve(0, [20, 30], complete)];
  slots.written(first, [{ key, length: 10, first: 1, second: 2 }]);
  assert.throws(() => slots.closeOpen(0), /1 contents/);
  assert.equal(slots.closeOpen(1), undefined);
  slots.written(second, [
    { key, length: 20, first: 3, second: 4 },
    { key, length: 30, first: 5, second: 6 },
  ]);
  assert.equal(slots.closeOpen(0), first.slot);
  assert.deepEqual(
    slots.contents(first.slot).map(({ offset, length }) => [offset, length]),
    [
      [8, 10],
      [18, 20],
      [38, 30],
    ],
  );
  assert.equal(slots.closeOpen(0), undefined);
});

test('a place holds no more than goes into the pack', () => {
  const slots = new PackSlots(newSlots(layout, 3), new Calling(Calling.memory()));
  for (const slot of [0, 1, 2]) slots.release(slot);
  const completed: number[] = [];
  const complete = (slot: number): void => void completed.push(slot);
  const full = slots.reserve(0, [900, 90, 5, 5, 1], complete);
  assert.deepEqual([full.count, full.length], [3, 995]);
  const { slot } = slots.reserve(0, [900], complete);
  const noRoom = slots.reserve(0, [90, 300], complete);
  assert.deepEqual([noRoom.slot, noRoom.count, noRoom.length], [slot, 1, 90]);
  const small = slots.reserve(1, Array(20).fill(1), complete);
  assert.deepEqual([small.count, small.length], [layout.entryLimit, layout.entryLimit]);
  assert.deepEqual(completed, []);
});
