import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bytePath } from '../trees/byte-path.ts';
import { packedTimes, packedTimesSize } from '../trees/target/target-metadata.ts';
import { filesOf, OrderWriter, piecesOf } from './order-list.ts';

const plain = { noNullPrototype: true };
const name = fc.uint8Array({ maxLength: 300 }).map(bytes => bytePath(bytes));
const word = fc.nat(2 ** 32 - 1);
const time = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
const attribute = fc.record(
  {
    name: fc.string(),
    value: fc.uint8Array().map(bytes => Buffer.from(bytes)),
  },
  plain,
);
const whole = fc.record(
  {
    place: fc.record({ directory: name, name }, plain),
    metadata: fc.record(
      {
        mode: word,
        uid: word,
        gid: word,
        mtime: time,
        atime: time,
        attributes: fc.array(attribute, { maxLength: 3 }),
      },
      plain,
    ),
  },
  plain,
);
const begun = fc.record({ directory: name, name, inode: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }, plain);
const piece = fc.record(
  {
    from: word,
    id: fc.stringMatching(/^[a-z0-9]{1,70}$/),
    length: word,
    size: word,
    manner: word,
    uses: fc.array(
      fc.oneof(
        fc.record({ file: word }, plain),
        fc.record(
          { file: word, offsets: fc.array(fc.nat(Number.MAX_SAFE_INTEGER), { minLength: 1 }) },
          plain,
        ),
      ),
    ),
  },
  plain,
);

test('a list says what was added to it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(whole, begun)), fc.array(piece), (files, pieces) => {
      const writer = new OrderWriter();
      const numbers = files.map(file =>
        'place' in file ? writer.whole(file.place, file.metadata) : writer.begun(file),
      );
      assert.deepEqual(numbers, [...files.keys()]);
      for (const { from, uses, ...place } of pieces) {
        writer.piece({ ...place, pack: '', offset: 0, number: 0 }, from, uses);
      }
      const list = structuredClone(writer.list());
      const expected = files.map(file => {
        if (!('place' in file)) return { kind: 'begun', ...file };
        const { mode, uid, gid, attributes } = file.metadata;
        const times = Buffer.alloc(packedTimesSize);
        packedTimes(file.metadata, times);
        const bytes = Buffer.from(file.place.name, 'latin1');
        const metadata = { mode, uid, gid, times, attributes };
        return { kind: 'whole', directory: file.place.directory, name: bytes, metadata };
      });
      assert.deepEqual(filesOf(list), expected);
      assert.deepEqual([...piecesOf(list)], pieces);
    }),
  );
});
