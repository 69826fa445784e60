import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { paxRecord, type RawMember, rawTar } from '../testing/raw-tar.ts';
import { paddingOf, TarFault } from './block.ts';
import { memberHeaders } from './tar-header.ts';
import { type TarMember, TarReader } from './tar-reader.ts';

interface Seen extends TarMember {
  readonly body: string;
}

/** What a reader tells of a tar that comes in pieces of that length. */
function read(tar: Buffer, piece = tar.length): Seen[] {
  const seen: Seen[] = [];
  const reader = new TarReader({
    begin: () => true,
    body: (member, bytes) => seen.push({ ...member, body: bytes.toString() }),
  });
  for (let at = 0; at < tar.length; at += piece) assert.ok(reader.push(tar.subarray(at, at + piece)));
  assert.ok(reader.ended);
  return seen;
}

const end = Buffer.alloc(1024);

function written(name: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const header = memberHeaders(1_800_000_000).of(name, bytes.length);
  return Buffer.concat([header, bytes, Buffer.alloc(paddingOf(bytes.length))]);
}

test('what is written is read, whatever the name, in whatever pieces', () => {
  const name = fc
    .oneof(
      fc.string({ minLength: 1, maxLength: 1200, unit: 'binary' }),
      fc.string({ minLength: 90, maxLength: 270, unit: fc.constantFrom('a', 'b', '/') }),
    )
    .filter(text => !text.includes('\0') && !text.endsWith('/'));
  const file = fc.record({ name, body: fc.string({ maxLength: 1100 }) });
  fc.assert(
    fc.property(fc.array(file, { maxLength: 5 }), fc.integer({ min: 1, max: 3000 }), (files, piece) => {
      const tar = Buffer.concat([...files.map(({ name, body }) => written(name, body)), end]);
      assert.equal(tar.length % 512, 0);
      assert.deepEqual(
        read(tar, piece),
        files.map(({ name, body }) => ({ name, body, type: '0', size: Buffer.byteLength(body) })),
      );
    }),
    { numRuns: rounds(60) },
  );
});

describe('headers', () => {
  const shown = (...members: (RawMember | Buffer)[]): string[] =>
    read(rawTar(members)).map(({ type, name, body }) => `${type} ${name} ${body}`);

  test('of POSIX join their prefix to the name; of GNU and the seventh edition have none', () => {
    const member = { name: 'b', prefix: 'a', body: 'x' };
    assert.deepEqual(shown(member), ['0 a/b x']);
    assert.deepEqual(shown({ ...member, magic: 'ustar  \0' }), ['0 b x']);
    assert.deepEqual(shown({ ...member, magic: '', type: '\0' }), ['0 b x']);
  });

  test('of directories are told by their type or by their name', () => {
    assert.deepEqual(shown({ name: 'a', type: '5' }, { name: 'b/' }, { name: 'c/', type: '\0', magic: '' }), [
      '5 a ',
      '5 b/ ',
      '5 c/ ',
    ]);
  });

  test('hold names that fill their fields', () => {
    const name = 'n'.repeat(100);
    const prefix = 'p'.repeat(155);
    assert.deepEqual(shown({ name, prefix, body: 'x' }), [`0 ${prefix}/${name} x`]);
  });

  test('give sizes in binary as GNU writes large ones', () => {
    const sizeField = Buffer.alloc(12);
    sizeField[0] = 0x80;
    sizeField[11] = 3;
    assert.deepEqual(shown({ name: 'a', body: 'abc', sizeField }), ['0 a abc']);
  });

  test('are changed by extended ones before them, once', () => {
    const pax = { name: 'h', type: 'x', body: paxRecord('path', 'from/pax') };
    const gnu = { name: '././@LongLink', type: 'L', body: 'from/gnu\0' };
    const member = { name: 'a', body: 'x' };
    assert.deepEqual(shown(pax, member, member), ['0 from/pax x', '0 a x']);
    assert.deepEqual(shown(gnu, member, member), ['0 from/gnu x', '0 a x']);
    assert.deepEqual(shown(gnu, pax, member), ['0 from/pax x']);
    assert.deepEqual(shown(pax, gnu, member), ['0 from/pax x']);
  });
});

test('bodies that are not asked for are passed over', () => {
  const names: string[] = [];
  const reader = new TarReader({
    begin: ({ name }) => name === 'b',
    body: ({ name }, bytes) => names.push(`${name} ${bytes.toString()}`),
  });
  const tar = rawTar(['a', 'b', 'c'].map(name => ({ name, body: name.repeat(700) })));
  for (let at = 0; at < tar.length; at += 100) reader.push(tar.subarray(at, at + 100));
  assert.deepEqual(names, [`b ${'b'.repeat(700)}`]);
});

test('any bytes are read or refused', () => {
  const blocks = fc.array(fc.oneof(fc.uint8Array({ maxLength: 600 }), fc.constant(rawTar([{ name: 'a' }]))));
  fc.assert(
    fc.property(blocks, parts => {
      const reader = new TarReader({ begin: ({ size }) => size < 10_000, body: () => {} });
      try {
        for (const part of parts) reader.push(Buffer.from(part));
      } catch (thrown) {
        assert.ok(thrown instanceof TarFault, String(thrown));
      }
    }),
  );
});
