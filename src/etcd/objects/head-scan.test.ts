import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { writeMessage } from '../client/protobuf-writer.ts';
import { decodeHead, hasUsualMetadata, headerLength } from './envelope.ts';
import { HeadScan } from './head-scan.ts';
import { Undecodable } from './undecodable.ts';

interface Made {
  readonly name: string;
  readonly namespace: string;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly tail: boolean;
  /** Before the other fields of the metadata. */
  readonly others: readonly Buffer[];
}

const text = fc.string({ maxLength: 12, unit: 'grapheme' });
/** Fields that are not shown, and some that are broken. */
const other = fc.oneof(
  fc.constant(writeMessage({ 2: 'generate-', 5: 'uid', 6: '', 7: 3 })),
  fc.constant(writeMessage({ 12: writeMessage({ 1: 'a', 2: 'b' }), 17: writeMessage({ 1: 'kubectl' }) })),
  fc.constant(writeMessage({ 10: 30, 7: 2 ** 40 })),
  fc.uint8Array({ maxLength: 5 }).map(bytes => Buffer.from(bytes)),
);

const made: fc.Arbitrary<Made> = fc.record({
  name: text,
  namespace: text,
  seconds: fc.oneof(fc.integer({ min: -3, max: 2 ** 33 }), fc.integer({ min: 0, max: 2 ** 50 })),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  tail: fc.boolean(),
  others: fc.array(other, { maxLength: 2 }),
});

function valueOf({ name, namespace, seconds, nanoseconds, tail, others }: Made): Buffer {
  const time = writeMessage({ 1: BigInt(seconds), 2: nanoseconds });
  const metadata = Buffer.concat([...others, writeMessage({ 1: name, 3: namespace, 8: time })]);
  const kind = writeMessage({ 1: 'v1', 2: 'ConfigMap' });
  const parts = [Buffer.from('k8s\0'), writeMessage({ 1: kind, 2: writeMessage({ 1: metadata }) })];
  return Buffer.concat(tail ? [...parts, Buffer.from('1a002200', 'hex')] : parts);
}

/** What a scan reads as `decodeHead` would answer it; `undefined` where it leaves that to it. */
function scanned(value: Buffer): object | undefined {
  const scan = new HeadScan();
  const bytes = Buffer.concat([Buffer.from('before'), value, Buffer.from('behind')]);
  const at = 6 + (headerLength(value) ?? assert.fail());
  if (!scan.read(bytes, at, 6 + value.length)) return undefined;
  const { name, nameEnd, namespace, namespaceEnd, seconds } = scan;
  return {
    name: bytes.toString('utf8', name, nameEnd),
    namespace: bytes.toString('utf8', namespace, namespaceEnd) || undefined,
    creationTimestamp: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`,
  };
}

/** `undefined` where a part that is not shown, such as a label, is damaged. */
function decoded(value: Buffer): object | undefined {
  try {
    const { name, namespace, creationTimestamp } = decodeHead(value)['metadata'] as Record<string, unknown>;
    return { name, namespace: namespace || undefined, creationTimestamp };
  } catch (thrown) {
    if (thrown instanceof Undecodable) return undefined;
    throw thrown;
  }
}

test('what it reads of an object is what decoding it reads, where that reads all of it', () => {
  let count = 0;
  fc.assert(
    fc.property(made, object => {
      const value = valueOf(object);
      assert.ok(hasUsualMetadata(value));
      const found = scanned(value);
      if (found === undefined) return;
      count++;
      assert.deepEqual(found, decoded(value) ?? found);
    }),
    { numRuns: rounds(750) },
  );
  assert.ok(count > 200, String(count));
});

test('what API servers write is read', () => {
  const value = valueOf({
    name: 'web',
    namespace: 'shop',
    seconds: 1_700_000_000,
    nanoseconds: 0,
    tail: true,
    others: [writeMessage({ 7: 3, 17: writeMessage({ 1: 'kubectl' }) })],
  });
  assert.deepEqual(scanned(value), {
    name: 'web',
    namespace: 'shop',
    creationTimestamp: '2023-11-14T22:13:20Z',
  });
});

test('of values that were cut or changed anywhere, what it still reads is what decoding reads, if anything', () => {
  const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() });
  fc.assert(
    fc.property(made, change, (object, { at, to, cut }) => {
      const whole = valueOf(object);
      const head = headerLength(whole) ?? assert.fail();
      const value = cut ? whole.subarray(0, head + (at % (whole.length - head))) : Buffer.from(whole);
      if (!cut) value[head + (at % (whole.length - head))] = to;
      const found = scanned(value);
      if (found !== undefined) assert.deepEqual(found, decoded(value) ?? found);
    }),
    { numRuns: rounds(630) },
  );
});
