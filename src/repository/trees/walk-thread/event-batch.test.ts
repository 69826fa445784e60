import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Entry, EntryType } from '../entry.ts';
import type { SourceEvent } from '../source.ts';
import { packEvents, unpackEvents } from './event-batch.ts';

const bytes = (minLength: number) =>
  fc.uint8Array({ minLength, maxLength: 40 }).map(each => Buffer.from(each));
const signed = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned = fc.bigInt({ min: 0n, max: 2n ** 64n - 2n });
const name = fc.option(fc.constantFrom('root', 'nobody', '誰か'), { nil: undefined });
const attribute = fc.tuple(fc.string(), bytes(0)).map(([each, value]) => ({ name: each, value }));
const types: readonly EntryType[] = ['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket'];

const entry: fc.Arbitrary<Entry> = fc
  .record({
    path: bytes(1),
    type: fc.constantFrom(...types),
    mode: fc.nat(0o7777),
    uid: fc.nat(2 ** 32 - 1),
    gid: fc.nat(2 ** 32 - 1),
    user: name,
    group: name,
    mtime: signed,
    atime: signed,
    ctime: signed,
    inode: unsigned,
    device: unsigned,
    links: unsigned,
    size: fc.nat(Number.MAX_SAFE_INTEGER),
    attributes: fc.array(attribute, { maxLength: 2 }),
  })
  .chain(each => special(each.type).map(more => ({ ...each, ...more })));

function special(type: EntryType): fc.Arbitrary<Partial<Entry>> {
  if (type === 'symlink') return fc.record({ target: bytes(0) });
  return type === 'dev' || type === 'chardev' ? fc.record({ rdev: unsigned }) : fc.constant({});
}

const event: fc.Arbitrary<SourceEvent> = fc.oneof(
  bytes(1).map(path => ({ kind: 'left' as const, path })),
  fc
    .tuple(bytes(1), fc.string())
    .map(([path, text]) => ({ kind: 'failed' as const, path, error: failure(text) })),
  entry.chain(each => {
    const found = { kind: 'entry', entry: each } as const;
    if (each.type !== 'file') return fc.constant(found);
    return bytes(1).map(path => ({ ...found, content: { kind: 'path' as const, path } }));
  }),
);

function failure(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: 'EACCES', errno: -13, syscall: 'open' });
}

/** What has to arrive: an error's stack need not. */
function facts(each: SourceEvent): unknown {
  if (each.kind !== 'failed') return each;
  const { message, code, errno, syscall } = each.error;
  return { ...each, error: { message, code, errno, syscall } };
}

test('what is packed is unpacked, also behind the border of a thread', () => {
  fc.assert(
    fc.property(fc.array(event), events => {
      const arrived = unpackEvents(structuredClone(packEvents(events)));
      assert.deepEqual(arrived.map(facts), events.map(facts));
    }),
  );
});

test('a stream does not leave its thread', () => {
  const [found] = fc.sample(entry, 1) as [Entry];
  const content = { kind: 'same-as', path: Buffer.from('x') } as const;
  assert.throws(() => packEvents([{ kind: 'entry', entry: found, content }]), /cannot leave/);
});
