import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import type { SourceEvent } from './source.ts';
import { tarSource } from './tar-source.ts';

test('a member has all that its headers say', async () => {
  const records = [
    ['mtime', '1700000000.123456789'],
    ['atime', '-1.5'],
    ['uid', '4000000000'],
    ['uname', 'someone'],
    ['SCHILY.xattr.user.a%3Db', '\x00\xff\n='],
    ['SCHILY.xattr.user.empty', ''],
    ['RHT.security.selinux', 'a:b:c:s0'],
  ] as const;
  const [event] = await read(
    member({ type: 'x', body: pax(records) }),
    member({ name: 'f', mode: 0o4751, body: 'abc' }),
  );
  assert.ok(event?.kind === 'entry');
  const { entry } = event;
  assert.deepEqual(
    [entry.path.toString(), entry.type, entry.mode, entry.uid, entry.gid, entry.user, entry.size],
    ['f', 'file', 0o4751, 4_000_000_000, 0, 'someone', 3],
  );
  assert.deepEqual([entry.mtime, entry.atime], [1_700_000_000_123_456_789n, -1_500_000_000n]);
  assert.deepEqual(
    entry.attributes.map(({ name, value }) => [name, value.toString('latin1')]),
    [
      ['user.a=b', '\x00\xff\n='],
      ['user.empty', ''],
      ['security.selinux', 'a:b:c:s0\0'],
    ],
  );
});

test('names of any bytes, long names, links and devices', async () => {
  const long = `${'d'.repeat(150)}/${'n'.repeat(180)}`;
  const events = await read(
    member({ name: '\xff\xfe', body: '' }),
    member({ type: 'L', body: `${long}\0` }),
    member({ name: 'cut', body: 'x' }),
    member({ type: 'K', body: `${long}\0` }),
    member({ type: '2', name: 'l', link: 'cut' }),
    member({ type: '1', name: 'hard', link: `./\xff\xfe` }),
    member({ type: '4', name: 'disk', major: 2748, minor: 703_710 }),
    member({ type: '6', name: 'fifo' }),
    member({ type: '0', name: 'old directory/' }),
  );
  assert.deepEqual(events.map(line), [
    'file \xff\xfe',
    `dir ${'d'.repeat(150)}`,
    `file ${long} "x"`,
    `symlink l -> ${long}`,
    'file hard = \xff\xfe',
    'dev disk 2882190558',
    'fifo fifo',
    'dir old directory',
  ]);
  const [first, , , , link] = events;
  assert.ok(first?.kind === 'entry' && link?.kind === 'entry');
  assert.deepEqual([link.entry.inode, link.entry.links], [first.entry.inode, 2n]);
});

test('directories come before what is in them, each once, whatever the tar does', async () => {
  const events = await read(
    member({ type: '5', name: './' }),
    member({ name: './a/b/c', body: 'one' }),
    member({ type: '5', name: 'a/b/', mode: 0o700 }),
    member({ name: 'a/./b//d', body: 'two' }),
    member({ name: 'a/b/c', body: 'again' }),
    member({ type: '5', name: 'a/b/c' }),
  );
  assert.deepEqual(events.map(line), [
    'dir a',
    'dir a/b',
    'file a/b/c "one"',
    'file a/b/d "two"',
    'failed a/b/c EEXIST',
    'failed a/b/c EEXIST',
  ]);
});

test('unknown members, and ACLs of the unknown, are named', async () => {
  const events = await read(
    member({ type: 'M', name: 'rest of a volume', body: 'x' }),
    member({ type: 'V', name: 'label' }),
    member({
      type: 'x',
      body: pax([['SCHILY.acl.access', 'user::rw-,user:lisa:r--,group::r--,mask::r--,other::---']]),
    }),
    member({ name: 'acl', body: '' }),
    member({ type: 'x', body: pax([['SCHILY.acl.default', 'user::rw-']]) }),
    member({ name: 'incomplete', body: '' }),
  );
  assert.deepEqual(events.map(line), [
    'failed rest of a volume ENOTSUP',
    'failed acl ENOTSUP',
    'file acl',
    'failed incomplete ENOTSUP',
    'file incomplete',
  ]);
});

test('an ACL in words becomes what the kernel keeps', async () => {
  const words = [
    ['uname', 'lisa'],
    ['uid', '1234'],
    [
      'SCHILY.acl.access',
      'user::rwx\nuser:lisa:r-x\t#effective:r--\nuser:ben:---:77,group::r--,group:4000000:-w-,mask::rw-,other::--x',
    ],
    ['SCHILY.acl.default', 'u::rwx,g::r-x,o:---'],
  ] as const;
  const [event, plain] = await read(
    member({ type: 'x', body: pax(words) }),
    member({ name: 'f', body: '' }),
    member({ type: 'x', body: pax([['SCHILY.acl.access', 'user::rw-,group::r--,other::r--']]) }),
    member({ name: 'plain', body: '' }),
  );
  assert.ok(event?.kind === 'entry' && plain?.kind === 'entry');
  const entries = (value: Buffer): number[][] => {
    const count = (value.length - 4) / 8;
    return Array.from({ length: count }, (_, at) => [
      value.readUInt16LE(4 + 8 * at),
      value.readUInt16LE(6 + 8 * at),
      value.readUInt32LE(8 + 8 * at),
    ]);
  };
  const nobody = 0xffffffff;
  assert.deepEqual(
    event.entry.attributes.map(({ name, value }) => [name, value.readUInt32LE(), entries(value)]),
    [
      [
        'system.posix_acl_access',
        2,
        [
          [1, 7, nobody],
          [2, 0, 77],
          [2, 5, 1234],
          [4, 4, nobody],
          [8, 2, 4_000_000],
          [16, 6, nobody],
          [32, 1, nobody],
        ],
      ],
      [
        'system.posix_acl_default',
        2,
        [
          [1, 7, nobody],
          [4, 5, nobody],
          [32, 0, nobody],
        ],
      ],
    ],
  );
  assert.deepEqual(plain.entry.attributes, []);
});

/** A member with a map in its records, or at the beginning of its body. */
function sparse(records: readonly (readonly [string, string])[], body: string): readonly Buffer[] {
  return [member({ type: 'x', body: pax(records) }), member({ name: 'GNUSparseFile.0/f', body })];
}

test('the map of a sparse file is read in each of its forms', async () => {
  const old = member({ type: 'S', name: 'f', body: 'abcde' });
  const octal = (block: Buffer, value: number, at: number) =>
    block.write(value.toString(8).padStart(11, '0'), at, 'latin1');
  for (const [at, [offset, length]] of [
    [3, 2],
    [8, 1],
    [9, 1],
    [10, 0],
  ].entries()) {
    octal(old, offset ?? 0, 386 + 24 * at);
    octal(old, length ?? 0, 386 + 24 * at + 12);
  }
  old[482] = 1;
  octal(old, 14, 483);
  const block = Buffer.alloc(512);
  octal(block, 12, 0);
  octal(block, 1, 12);
  const forms: readonly (readonly Buffer[])[] = [
    [Buffer.concat([seal(old.subarray(0, 512)), block, old.subarray(512)])],
    sparse(
      [
        ['GNU.sparse.size', '14'],
        ['GNU.sparse.numblocks', '3'],
        ['GNU.sparse.offset', '3'],
        ['GNU.sparse.numbytes', '2'],
        ['GNU.sparse.offset', '8'],
        ['GNU.sparse.numbytes', '2'],
        ['GNU.sparse.offset', '12'],
        ['GNU.sparse.numbytes', '1'],
        ['path', 'f'],
      ],
      'abcde',
    ),
    sparse(
      [
        ['GNU.sparse.name', 'f'],
        ['GNU.sparse.size', '14'],
        ['GNU.sparse.numblocks', '3'],
        ['GNU.sparse.map', '3,2,8,2,12,1'],
      ],
      'abcde',
    ),
    sparse(
      [
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', 'f'],
        ['GNU.sparse.realsize', '14'],
      ],
      `${'3\n3\n2\n8\n2\n12\n1\n'.padEnd(512, '\0')}abcde`,
    ),
  ];
  for (const form of forms) {
    const events = await read(...form, member({ name: 'next', body: 'x' }));
    assert.deepEqual(events.map(line), ['file f "\0\0\0ab\0\0\0cd\0\0e\0"', 'file next "x"']);
    assert.ok(events[0]?.kind === 'entry');
    assert.equal(events[0].entry.size, 14);
  }
});

test('a map that is not one is refused', async () => {
  const maps: readonly (readonly [map: string, count: string, size: string])[] = [
    ['3,2,4,3', '2', '14'],
    ['3,2,8', '1', '14'],
    ['3,5', '2', '14'],
    ['3,5', '1', '7'],
    ['3,4', '1', '14'],
    ['x,5', '1', '14'],
    ['3,5', '1', '99999999999999999999'],
  ];
  for (const [map, count, size] of maps) {
    const records = [
      ['GNU.sparse.size', size],
      ['GNU.sparse.numblocks', count],
      ['GNU.sparse.map', map],
    ] as const;
    await assert.rejects(read(...sparse(records, 'abcde')), isRefusal, map);
  }
  for (const body of ['', '3\n3\n', '9999999\n', 'x\n', `1\n${'1'.repeat(600)}`]) {
    const records = [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.realsize', '14'],
    ] as const;
    await assert.rejects(read(...sparse(records, body)), isRefusal, body);
  }
  await assert.rejects(read(...sparse([['GNU.sparse.major', '2']], 'abc')), isRefusal);
});

function isRefusal(thrown: unknown): boolean {
  return isHozonError(thrown, 'repository.tar-refused');
}

test('bodies that nobody reads are left out, large and small', async () => {
  const large = Buffer.alloc(300_000, 1);
  const tar = [
    member({ name: 'a', body: large }),
    member({ name: 'b', body: 'x' }),
    member({ name: 'c', body: large }),
  ];
  const paths: string[] = [];
  let readOf = 0;
  for await (const batch of source(tar).events({})) {
    for (const event of batch) {
      if (event.kind !== 'entry') continue;
      paths.push(String(event.entry.path));
      if (event.content?.kind !== 'stream' || event.entry.path.toString() !== 'a') continue;
      for await (const part of event.content.body) {
        readOf += part.length;
        break;
      }
    }
  }
  assert.deepEqual(paths, ['a', 'b', 'c']);
  assert.ok(readOf > 0 && readOf < large.length);
});

const hostile: Readonly<Record<string, readonly Buffer[]>> = {
  'a name is absolute': [member({ name: '/etc/passwd', body: 'x' })],
  'leads outside': [member({ name: 'a/../../b', body: 'x' })],
  'leads outside by': [member({ name: 'a', body: '' }), member({ type: '1', name: 'b', link: '../a' })],
  'through a file or a link': [
    member({ type: '2', name: 'a', link: '/etc' }),
    member({ name: 'a/b', body: 'x' }),
  ],
  'a name is empty': [member({ name: '', body: 'x' })],
  'longer than 4096': [member({ type: 'L', body: 'a/'.repeat(3000) }), member({ name: 'x' })],
  'holds a zero byte': [member({ type: 'x', body: pax([['path', 'a\0b']]) }), member({ name: 'x' })],
  'an extended header': [member({ type: 'x', body: 'a'.repeat(2 * 1024 * 1024) }), member({ name: 'x' })],
  'is malformed': [member({ type: 'x', body: '99 a=b\n' }), member({ name: 'x' })],
  'out of place': [member({ type: 'x', body: pax([['mtime', '1']]) })],
  'out of place, or': [member({ type: 'g', body: pax([['path', 'x']]) }), member({ name: 'y' })],
  'a number in a header': [member({ type: 'x', body: pax([['uid', '-1']]) }), member({ name: 'x' })],
};

for (const [said, members] of Object.entries(hostile)) {
  test(`a hostile tar is refused: ${said}`, async () => {
    await assert.rejects(read(...members), error => {
      assert.ok(isHozonError(error, 'repository.tar-refused'));
      assert.ok(error.message.includes(said), error.message);
      return true;
    });
  });
}

test('a tar that ends anywhere before its end is refused', async () => {
  const tar = Buffer.concat([
    member({ type: 'x', body: pax([['mtime', '1.5']]) }),
    member({ name: 'a', body: 'x'.repeat(70_000) }),
    member({ name: 'b', body: 'y' }),
    Buffer.alloc(1024),
  ]);
  for (let length = 0; length < tar.length; length += length % 512 === 0 ? 1 : 511) {
    const cut = tarSource(pieces(tar.subarray(0, length), 10_000), { roots: [] });
    await assert.rejects(collect(cut), /ends too early/, `after ${length} bytes`);
  }
  assert.equal((await collect(tarSource(pieces(tar, 10_000), { roots: [] }))).length, 2);
});

test('whatever the bytes are, the tar is read or refused', async () => {
  const good = Buffer.concat([
    member({
      type: 'x',
      body: pax([
        ['mtime', '1.5'],
        ['SCHILY.xattr.user.a', 'b'],
      ]),
    }),
    member({ name: 'a/b', body: 'x'.repeat(600) }),
    member({ type: '2', name: 'l', link: 'a' }),
    Buffer.alloc(1024),
  ]);
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, fc.integer({ min: 1, max: 3000 }), async (changes, piece) => {
      const tar = Buffer.from(good);
      for (const [at, byte] of changes) tar[at] = byte;
      for (let at = 0; at + 512 <= tar.length; at += 512)
        if (fc.stringify(changes).length % 2 === 0) reseal(tar, at);
      try {
        await collect(tarSource(pieces(tar, piece), { roots: [] }));
      } catch (error) {
        assert.ok(isHozonError(error, 'repository.tar-refused'), String(error));
      }
    }),
  );
});

test('a stream that fails fails as it did', async () => {
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield member({ name: 'a', body: '' });
    throw new Error('the pod went away');
  };
  await assert.rejects(collect(tarSource(broken(), { roots: [] })), /the pod went away/);
});

test('the writer may end what it writes', async () => {
  let ended = false;
  const stream = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.concat([member({ name: 'a', body: '' }), Buffer.alloc(1024)]);
    yield Buffer.alloc(10_240);
    ended = true;
  };
  await collect(tarSource(stream(), { roots: [] }));
  assert.ok(ended);
});

interface Made {
  readonly name?: string;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly mode?: number;
  readonly link?: string;
  readonly major?: number;
  readonly minor?: number;
}

/** A ustar header, and the body with what fills its last block; text is of one byte a character. */
function member({
  name = '',
  type = '0',
  body = '',
  mode = 0o644,
  link = '',
  major = 0,
  minor = 0,
}: Made): Buffer {
  const bytes = Buffer.from(body as string, 'latin1');
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0, 100, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes.length, 124, 12);
  octal(1_600_000_000, 136, 12);
  header.write(type, 156, 'latin1');
  header.write(link, 157, 100, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(major, 329, 8);
  octal(minor, 337, 8);
  return Buffer.concat([seal(header), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

function seal(header: Buffer): Buffer {
  header.write('        ', 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Mends the checksum of what may be a header, so that what is inside is looked at. */
function reseal(tar: Buffer, at: number): void {
  const block = tar.subarray(at, at + 512);
  if (block.toString('latin1', 257, 262) === 'ustar') seal(block);
}

function pax(records: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`, 'latin1');
      let length = rest.length + 1;
      while (String(length).length + rest.length > length) length++;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

async function* pieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function source(members: readonly Buffer[]): ReturnType<typeof tarSource> {
  return tarSource(pieces(Buffer.concat([...members, Buffer.alloc(1024)]), 1000), { roots: [] });
}

function read(...members: readonly Buffer[]): Promise<readonly Told[]> {
  return collect(source(members));
}

type Told = SourceEvent & { readonly text?: string };

/** All events, with the contents of their files. */
async function collect(source: ReturnType<typeof tarSource>): Promise<readonly Told[]> {
  const told: Told[] = [];
  for await (const batch of source.events({})) {
    for (const event of batch) {
      const body =
        event.kind === 'entry' && event.content?.kind === 'stream' ? event.content.body : undefined;
      const text = body && Buffer.concat(await Array.fromAsync(body)).toString('latin1');
      told.push(text === undefined ? event : { ...event, text });
    }
  }
  return told;
}

function line(event: Told): string {
  if (event.kind === 'left') return 'left';
  const path = (event.kind === 'failed' ? event.path : event.entry.path).toString('latin1');
  if (event.kind === 'failed') return `failed ${path} ${event.error.code}`;
  const { type, target, rdev } = event.entry;
  const more = [
    target && `-> ${target.toString('latin1')}`,
    rdev,
    event.content?.kind === 'same-as' && `= ${event.content.path.toString('latin1')}`,
    event.text && `"${event.text}"`,
  ];
  return [type, path, ...more.filter(each => each !== undefined && each !== false && each !== '')].join(' ');
}
