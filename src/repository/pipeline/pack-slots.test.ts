import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSlots, PackSlots } from './pack-slots.ts';
import { Calling } from './shared-lock.ts';

const layout = { keySize: 4, start: 8, target: 1000, room: 1200, entryLimit: 16, tailRoom: 100 };
const key = Buffer.from('abcd');

test('an open slot is closed when nobody writes to it any more, and not before', () => {
  const slots = new PackSlots(newSlots(layout, 3), new Calling(Calling.memory()));
  assert.equal(slots.closeOpen(0), undefined);
  const complete = (): void => assert.fail('nothing is full');
  const [first, second] = [slots.reserve(0, 10, complete), slots.reserve(0, 20, complete)];
  slots.written(first, { key, length: 10, first: 1, second: 2 });
  assert.throws(() => slots.closeOpen(0), /1 contents/);
  assert.equal(slots.closeOpen(1), undefined);
  slots.written(second, { key, length: 20, first: 3, second: 4 });
  assert.equal(slots.closeOpen(0), first.slot);
  assert.deepEqual(
    slots.contents(first.slot).map(({ offset, length }) => [offset, length]),
    [
      [8, 10],
      [18, 20],
    ],
  );
  assert.equal(slots.closeOpen(0), undefined);
});
