import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { Fields } from './fields.ts';
import {
  alarmsMethod,
  idText,
  memberListMethod,
  rangeMethod,
  snapshotMethod,
  statusMethod,
} from './messages.ts';
import { writeMessage } from './protobuf-writer.ts';

const header = writeMessage({ 1: 0xfedc_ba98_7654_3210n, 2: 0x1fn, 3: 7, 4: 2 });

test('what is written is read again, whatever the numbers and bytes', () => {
  const message = fc.record({
    number: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    bytes: fc.uint8Array({ maxLength: 300 }),
    flag: fc.boolean(),
  });
  fc.assert(
    fc.property(message, ({ number, id, bytes, flag }) => {
      const fields = new Fields(writeMessage({ 1: number, 2: id, 3: Buffer.from(bytes), 400: flag }));
      assert.equal(fields.signed(1), number);
      assert.equal(fields.unsigned(2), id);
      assert.deepEqual([...fields.bytes(3)], [...bytes]);
      assert.equal(fields.flag(400), flag);
    }),
  );
});

test('ids are written as etcdctl writes them, and a status without a leader says so', () => {
  const status = statusMethod.read(
    writeMessage({ 1: header, 2: '3.4.23', 3: 20480, 8: 'etcdserver: no leader' }),
  );
  assert.deepEqual(status.header, {
    clusterId: 'fedcba9876543210',
    memberId: '1f',
    revision: 7n,
    raftTerm: 2n,
  });
  assert.equal(status.leader, undefined);
  assert.equal(status.storageVersion, undefined);
  assert.deepEqual(status.errors, ['etcdserver: no leader']);
  assert.equal(idText(0x0102n), '102');
});

test('lists keep every entry, and kinds of alarms that are not known are named by their number', () => {
  const member = writeMessage({ 1: 1n, 3: 'https://a:2380', 4: 'https://a:2379' });
  const list = memberListMethod.read(
    Buffer.concat([writeMessage({ 1: header, 2: member }), writeMessage({ 2: member })]),
  );
  assert.equal(list.members.length, 2);
  assert.deepEqual(list.members[0]?.clientUrls, ['https://a:2379']);
  const alarms = [1, 2, 9].map(kind => writeMessage({ 2: writeMessage({ 1: 31n, 2: kind }) }));
  assert.deepEqual(
    alarmsMethod.read(Buffer.concat(alarms)).map(({ alarm }) => alarm),
    ['NOSPACE', 'CORRUPT', 'UNKNOWN(9)'],
  );
});

test('an answer that is no protobuf message is an error, and never more than that', () => {
  assert.throws(() => rangeMethod.read(Buffer.from('ffff', 'hex')), /not a protobuf message/);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
      for (const method of [statusMethod, memberListMethod, alarmsMethod, rangeMethod]) {
        try {
          method.read(Buffer.from(bytes));
        } catch (thrown) {
          assert.match(String(thrown), /not a protobuf message/);
        }
      }
    }),
  );
});

test('a piece of a snapshot is what protobuf’s own reading finds, for any bytes', () => {
  const piece = fc.record({
    header: fc.uint8Array({ maxLength: 40 }),
    remaining: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    blob: fc.uint8Array({ maxLength: 300 }),
    version: fc.string({ maxLength: 8 }),
  });
  fc.assert(
    fc.property(piece, ({ header: head, remaining, blob, version }) => {
      const message = writeMessage({ 1: Buffer.from(head), 2: remaining, 3: Buffer.from(blob), 4: version });
      assert.deepEqual([...snapshotMethod.read(message)], [...blob]);
    }),
  );
  const either = (read: () => Buffer): string => {
    try {
      return read().toString('hex');
    } catch (thrown) {
      return String(thrown);
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), bytes => {
      const message = Buffer.from(bytes);
      assert.equal(
        either(() => snapshotMethod.read(message)),
        either(() => new Fields(message).bytes(3)),
      );
    }),
    { numRuns: rounds(250) },
  );
});
