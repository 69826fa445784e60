import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describeThrown, HozonError, isHozonError } from '#foundation/errors.ts';
import { rounds, soakFactor } from '#testbed/soak.ts';
import { archiveOf, collect, everything, objectOf, open, pod, pods } from '../testing/archives.ts';
import {
  changeTar,
  endOfTar,
  paxRecord,
  podJson,
  podMember,
  type RawMember,
  rawArchive,
  rawMember,
  rawTar,
  versionMember,
} from '../testing/raw-tar.ts';
import { type ArchiveLimits, openArchive } from './archive.ts';

const podPath = 'resources/pods/namespaces/shop';

/** Asserts that the archive is refused with that error, and that the error says what it is about. */
async function refused(
  archive: Buffer,
  code: string,
  says = /./,
  limits: Partial<ArchiveLimits> = {},
): Promise<void> {
  await assert.rejects(open(archive, { limits }), thrown => {
    assert.ok(isHozonError(thrown, `archive.${code}`), describeThrown(thrown));
    assert.match(thrown.message, /nightly/);
    assert.match(thrown.message, says);
    return true;
  });
}

test('the makers of hostile archives make good ones, too', async () => {
  await using archive = await open(rawArchive(podMember('a'), podMember('b')));
  assert.deepEqual(
    await everything(archive),
    ['a', 'b'].map(name => objectOf(pods, { namespace: 'shop', name })),
  );
});

describe('a member outside the archive', () => {
  const paths = [
    '../etc/passwd',
    '..',
    '/etc/passwd',
    '/resources/pods/namespaces/shop/a.json',
    'resources/../../etc/passwd',
    'resources/pods/namespaces/shop/../a.json',
    'resources/pods/namespaces/../a.json',
    'resources//pods/namespaces/shop/a.json',
    './../a',
    '././a',
    'other/./a',
    `${podPath}/..json`,
    `${podPath}/...json`,
    'resources/pods/v1-preferredversion/../../../a',
  ];
  for (const name of paths) {
    test(`${name} is refused`, () => refused(rawArchive({ name, body: podJson('a') }), 'member-unsafe', /"/));
  }
  test('is refused as a directory', () =>
    refused(rawArchive({ name: 'resources/../../tmp/', type: '5' }), 'member-unsafe'));
  test('is refused where a pax header or a GNU long name says it', async () => {
    const body = paxRecord('path', '../../root/.ssh/authorized_keys');
    await refused(
      rawArchive({ name: 'h', type: 'x', body }, podMember('a')),
      'member-unsafe',
      /authorized_keys/,
    );
    const long = { name: '././@LongLink', type: 'L', body: '../../root/.ssh/authorized_keys\0' };
    await refused(rawArchive(long, podMember('a')), 'member-unsafe', /authorized_keys/);
  });
});

describe('a member that is no file', () => {
  const kinds: Readonly<Record<string, RegExp>> = {
    '1': /a hard link/,
    '2': /a symbolic link/,
    '3': /a character device/,
    '4': /a block device/,
    '6': /a named pipe/,
    '7': /unknown type "7"/,
    S: /a sparse file/,
    V: /unknown type "V"/,
    '\x01': /unknown type "\\u0001"/,
  };
  for (const [type, says] of Object.entries(kinds)) {
    test(`of type ${JSON.stringify(type)} is refused, by its name`, async () => {
      await refused(
        rawArchive({ name: `${podPath}/a.json`, type, link: '/etc/shadow' }),
        'member-unsupported',
        says,
      );
      await refused(
        rawArchive({ name: 'other', type, link: '/etc/shadow' }),
        'member-unsupported',
        /"other"/,
      );
    });
  }
  test('is refused behind a long target', () => {
    const target = { name: '././@LongLink', type: 'K', body: `/${'x'.repeat(200)}\0` };
    return refused(
      rawArchive(target, { name: 'other', type: '2' }),
      'member-unsupported',
      /"other", a symbolic link/,
    );
  });
  test('is refused where only its pax header says that it has holes', () => {
    const body = Buffer.concat([paxRecord('GNU.sparse.major', '1'), paxRecord('GNU.sparse.minor', '0')]);
    return refused(
      rawArchive({ name: 'h', type: 'x', body }, podMember('a')),
      'member-unsupported',
      /sparse/,
    );
  });
});

describe('a member where none can be', () => {
  const paths = [
    'resources',
    'resources/pods',
    'resources/pods/a.json',
    'resources/pods/cluster',
    'resources/pods/cluster/a',
    'resources/pods/cluster/.json',
    'resources/pods/cluster/a/b.json',
    'resources/pods/namespaces/a.json',
    'resources/pods/namespaces/shop/a',
    'resources/pods/namespaces/shop/a/b.json',
    'resources/pods/namespaces/Shop/a.json',
    'resources/Pods/namespaces/shop/a.json',
    'resources/pods./namespaces/shop/a.json',
  ];
  for (const name of paths) {
    test(`${name} is refused`, () => refused(rawArchive({ name, body: podJson('a') }), 'member-unexpected'));
  }
  test('is refused as one in the cluster of a type that is in namespaces', () => {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
    return refused(
      rawArchive(podMember('a'), { name: 'resources/pods/cluster/a.json', body }),
      'member-unexpected',
    );
  });
});

describe('a member that comes twice', () => {
  test('is refused, also where it is written in another way', async () => {
    await refused(rawArchive(podMember('a'), podMember('b'), podMember('a')), 'member-duplicate', /a\.json/);
    await refused(
      rawArchive(podMember('a'), { ...podMember('a'), name: `./${podPath}/a.json` }),
      'member-duplicate',
    );
    await refused(rawArchive(versionMember), 'member-duplicate', /metadata\/version/);
  });
});

describe('an item', () => {
  const at = (name: string, body: string | Buffer): Buffer => rawArchive({ name, body });
  const mismatches: Readonly<Record<string, Buffer>> = {
    'metadata.name': at(`${podPath}/a.json`, podJson('b')),
    'metadata.namespace': at(`${podPath}/a.json`, podJson('a', 'kube-system')),
    group: at(`resources/pods.apps/namespaces/shop/a.json`, podJson('a')),
    kind: rawArchive(podMember('b'), {
      name: `${podPath}/a.json`,
      body: podJson('a').replace('"Pod"', '"ClusterRoleBinding"'),
    }),
  };
  for (const [field, archive] of Object.entries(mismatches)) {
    test(`whose ${field} contradicts its path is refused`, () =>
      refused(archive, 'item-mismatch', new RegExp(field)));
  }
  test('in the cluster may not be in a namespace', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', namespace: 'shop' } };
    await refused(at('resources/nodes/cluster/a.json', JSON.stringify(node)), 'item-mismatch', /namespace/);
  });

  const invalid: Readonly<Record<string, string | Buffer>> = {
    'is empty': '',
    'is no JSON': '{"apiVersion":"v1",',
    'is no object': '[]',
    'is null': 'null',
    'has no metadata': '{"apiVersion":"v1","kind":"Pod"}',
    'has no name': '{"apiVersion":"v1","kind":"Pod","metadata":{}}',
    'has no kind': '{"apiVersion":"v1","metadata":{"name":"a","namespace":"shop"}}',
    'has a number for a namespace': '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":1}}',
    'has labels that are no texts':
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"shop","labels":{"a":1}}}',
    'has a byte order mark': `\ufeff${podJson('a')}`,
    'has something behind it': `${podJson('a')}{}`,
    'is no UTF-8': Buffer.from(podJson('a').replace('Pod', 'P\u00ffd'), 'latin1'),
    'is nested without end': '['.repeat(1_000_000),
  };
  for (const [what, body] of Object.entries(invalid)) {
    test(`that ${what} is refused`, () => refused(at(`${podPath}/a.json`, body), 'item-invalid', /a\.json/));
  }
  test('that is a broken Secret is not quoted', async () => {
    const secret = '{"apiVersion":"v1","kind":"Secret","data":{"password":"aHVudGVyMg==" oops';
    await assert.rejects(open(at('resources/secrets/namespaces/shop/db.json', secret)), thrown => {
      assert.ok(isHozonError(thrown, 'archive.item-invalid'));
      assert.doesNotMatch(`${describeThrown(thrown)}${thrown.stack}${thrown.hint()}`, /aHVud/);
      return true;
    });
  });
});

describe('the format version', () => {
  const versioned = (body: string | Buffer): Buffer =>
    gzipSync(rawTar([{ name: 'metadata/version', body }, podMember('a')]));
  for (const version of ['2', '2.0.0', '0.9', '11', '', '1.x', 'v1', '1.1.0\n1.1.0', '1'.repeat(300)]) {
    test(`${JSON.stringify(version.slice(0, 20))} is refused`, () =>
      refused(versioned(version), 'version-unsupported'));
  }
  for (const version of ['1', '1\n', '1.1.0\n', '1.2.0', '1.99']) {
    test(`${JSON.stringify(version)} is read`, async () => {
      await using archive = await open(versioned(version));
      assert.equal(archive.formatVersion, version.trim());
    });
  }
  test('must be there', () => refused(gzipSync(rawTar([podMember('a')])), 'version-missing'));
  test('may come last, as another tar may order it', async () => {
    await using archive = await open(gzipSync(rawTar([podMember('a'), versionMember])));
    assert.equal(archive.size, 1);
  });
});

describe('damaged bytes', () => {
  const good = rawTar([versionMember, podMember('a')]);
  const oct = (digits: string): Buffer => Buffer.from(digits);

  test('are refused where a checksum is wrong', () =>
    refused(rawArchive({ ...podMember('a'), checksumError: 1 }), 'tar-damaged', /checksum/));
  test('may be summed up with signs, as old tars did', async () => {
    const name = Buffer.from('é.txt');
    await using archive = await open(rawArchive({ name, checksumError: -256 * 2 }, podMember('a')));
    assert.equal(archive.size, 1);
  });
  const sizes: Readonly<Record<string, Buffer>> = {
    'no number': oct('0000000009z\0'),
    negative: Buffer.alloc(12, 0xff),
    'beyond all numbers': Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 0xff)]),
    'minus one': oct('-0000000001\0'),
  };
  for (const [what, sizeField] of Object.entries(sizes)) {
    test(`are refused where a size is ${what}`, () =>
      refused(rawArchive({ name: 'other', sizeField }), 'tar-damaged', /number/));
  }
  test('are refused where a size goes beyond the end', () =>
    refused(rawArchive({ name: 'other', sizeField: oct('77777777777\0') }), 'truncated'));
  test('are refused where a directory has contents', () =>
    refused(rawArchive({ name: 'other/', type: '5', body: 'x' }), 'tar-damaged', /directory/));
  test('are refused where a name is no text', async () => {
    await refused(rawArchive({ name: Buffer.from([0xff, 0xfe]) }), 'tar-damaged', /name/);
    const body = paxRecord('path', Buffer.from([0x61, 0xff]));
    await refused(rawArchive({ name: 'h', type: 'x', body }, podMember('a')), 'tar-damaged', /name/);
    const nul = paxRecord('path', 'a\0b');
    await refused(rawArchive({ name: 'h', type: 'x', body: nul }, podMember('a')), 'tar-damaged', /name/);
  });
  test('are refused where members go on after an empty block', () =>
    refused(
      gzipSync(Buffer.concat([rawMember(versionMember), Buffer.alloc(512), good])),
      'tar-damaged',
      /empty block/,
    ));
  test('are refused where the end is missing, or half of it', async () => {
    await refused(gzipSync(good.subarray(0, -1024)), 'truncated');
    await refused(gzipSync(good.subarray(0, -512)), 'truncated');
    await refused(gzipSync(Buffer.alloc(0)), 'truncated');
    await refused(Buffer.alloc(0), 'truncated');
  });
  test('are refused after the end of the tar, unless they are the zeros that fill its last record', async () => {
    await refused(gzipSync(Buffer.concat([good, Buffer.from('more')])), 'trailing-data');
    await refused(gzipSync(Buffer.concat([good, Buffer.alloc(100_000), Buffer.from('x')])), 'trailing-data');
    await refused(gzipSync(Buffer.concat([good, good])), 'trailing-data');
    await using archive = await open(gzipSync(Buffer.concat([good, Buffer.alloc(10_000)])));
    assert.equal(archive.size, 1);
  });
  test('are refused after the end of the gzip', async () => {
    for (const more of [gzipSync(good), Buffer.from('more'), Buffer.alloc(8)]) {
      await refused(Buffer.concat([gzipSync(good), more]), 'trailing-data');
    }
  });
  test('are refused where they are no gzip', () => refused(good, 'gzip-damaged', /header/));
});

describe('extended headers', () => {
  const extended = (body: string | Buffer, type = 'x'): RawMember => ({ name: 'h', type, body });
  test('give names and sizes, the last one of each counts, and an empty one for nothing', async () => {
    const pod = podMember('a');
    const body = Buffer.concat([
      paxRecord('path', 'resources/wrong'),
      paxRecord('comment', 'x=y\nz'),
      paxRecord('path', String(pod.name)),
      paxRecord('path', ''),
      paxRecord('size', String(podJson('a').length)),
    ]);
    const sized = { ...pod, name: 'short', sizeField: Buffer.from('00000000000\0') };
    await using archive = await open(
      rawArchive(extended(paxRecord('comment', 'g'), 'g'), extended(body), sized),
    );
    assert.deepEqual(await everything(archive), [objectOf(pods, { namespace: 'shop', name: 'a' })]);
  });

  const broken: Readonly<Record<string, string | Buffer>> = {
    'are empty': '',
    'have no length': 'path=a\n',
    'have a length beyond their end': '99 path=a\n',
    'have a length within a record': '5 path=a\n',
    'have a length of nothing': '0 path=a\n',
    'have a negative length': '-9 path=a\n',
    'have a length beyond all numbers': `${'9'.repeat(400)} path=a\n`,
    'have no key': paxRecord('', 'a'),
    'have no value': '7 path\n',
    'do not end their lines': '10 path=aa',
  };
  for (const [what, body] of Object.entries(broken)) {
    test(`that ${what} are refused`, () =>
      refused(rawArchive(extended(body), podMember('a')), 'tar-damaged', /extended/));
  }
  for (const size of ['-1', '1e3', '0x10', '99999999999999999999', ' 1']) {
    test(`with a size of ${size} are refused`, () =>
      refused(rawArchive(extended(paxRecord('size', size)), podMember('a')), 'tar-damaged', /number/));
  }
  test('that belong to no member are refused', async () => {
    await refused(rawArchive(podMember('a'), extended(paxRecord('path', 'x'))), 'tar-damaged', /no member/);
    const long = { name: '././@LongLink', type: 'L', body: 'x\0' };
    await refused(rawArchive(podMember('a'), long), 'tar-damaged', /no member/);
    await refused(rawArchive(long, long, podMember('a')), 'tar-damaged', /extended/);
  });
  test('for all members may not name them', async () => {
    for (const record of [
      paxRecord('path', 'x'),
      paxRecord('size', '1'),
      paxRecord('GNU.sparse.major', '1'),
    ]) {
      await refused(rawArchive(extended(record, 'g'), podMember('a')), 'tar-damaged', /extended/);
    }
  });
  test('may not be large, though they compress well', async () => {
    const bomb = paxRecord('comment', 'x'.repeat(2 * 1024 * 1024));
    for (const type of ['x', 'g', 'L', 'K']) {
      await refused(rawArchive(extended(bomb, type), podMember('a')), 'tar-damaged', /large/);
    }
  });
});

describe('a bomb', () => {
  test('is refused by the bytes of an item, before they are read', () =>
    refused(
      rawArchive({ ...podMember('a'), sizeField: Buffer.from('77777777777\0') }),
      'too-large',
      /a\.json.*33554432/,
    ));
  test('is refused by the number of items', async () => {
    const archive = rawArchive(podMember('a'), podMember('b'), podMember('c'));
    await refused(archive, 'too-large', /more than 2 items/, { items: 2 });
    await using opened = await open(archive, { limits: { items: 3 } });
    assert.equal(opened.size, 3);
  });
  test('is refused by the number of resources that only have versions', () => {
    const resources = ['a', 'b', 'c', 'd'].map(name => ({
      name: `resources/${name}/v1-preferredversion/cluster/x.json`,
    }));
    return refused(rawArchive(...resources), 'too-large', /items/, { items: 2 });
  });
  test('is refused by the bytes of the tar, and not unpacked beyond them', async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const gzip = createGzip();
      gzip.write(rawMember(versionMember));
      gzip.write(rawMember({ name: 'other', sizeField: Buffer.from('77777777777\0') }));
      const zeros = Buffer.alloc(1024 * 1024);
      const feed = (ended?: Error | null): void => {
        if (ended === undefined || ended === null) gzip.write(zeros, feed);
      };
      feed();
      for await (const chunk of gzip) {
        made += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    }
    await assert.rejects(
      openArchive(endless(), { source: 'nightly', limits: { archiveBytes: 50 * 1024 * 1024 } }),
      thrown => isHozonError(thrown, 'archive.too-large'),
    );
    assert.ok(made < 1024 * 1024, `${made} bytes were taken`);
  });
});

describe('an archive that was changed', () => {
  const objects = Array.from({ length: 8 }, (_, i) => pod(`web-${i}`, 'shop', { data: `value ${i * 7919}` }));
  const expected = objects.map(([, object]) => object);

  /** Opens what may be damaged: an archive error, or the very same contents. */
  async function sameOrRefused(bytes: Uint8Array): Promise<'same' | 'refused'> {
    try {
      await using archive = await open(bytes);
      assert.deepEqual(await everything(archive), expected);
      return 'same';
    } catch (thrown) {
      assertArchiveError(thrown);
      return 'refused';
    }
  }

  /** All in a soak; else the first and last 30, where the gzip says what it is, and of those between every fifth. */
  function placesIn({ length }: Buffer): number[] {
    const all = Array.from({ length }, (_, at) => at);
    if (soakFactor() > 1) return all;
    return all.filter(at => at < 30 || at >= length - 30 || at % 5 === 0);
  }

  test('by a cut anywhere is refused', async () => {
    const bytes = await archiveOf(objects);
    for (const length of placesIn(bytes)) {
      assert.equal(await sameOrRefused(bytes.subarray(0, length)), 'refused', `cut at ${length}`);
    }
    assert.equal(await sameOrRefused(bytes), 'same');
  });

  test('in any byte is refused, or reads the same', async () => {
    const bytes = await archiveOf(objects);
    const outcomes: string[] = [];
    for (const at of placesIn(bytes)) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      outcomes.push(await sameOrRefused(changed));
    }
    // Of the gzip header's ten bytes, those of its time, flags and system say nothing about the contents.
    assert.ok(outcomes.slice(10).every(outcome => outcome === 'refused'));
  });

  test('by inserted or exchanged bytes is refused, or reads the same', async () => {
    const bytes = await archiveOf(objects);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length),
        fc.nat(40),
        fc.uint8Array({ maxLength: 40 }),
        async (at, removed, put) => {
          const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)]);
          const outcome = await sameOrRefused(changed);
          if (at >= 10 && !changed.equals(bytes)) assert.equal(outcome, 'refused');
        },
      ),
    );
  });

  test('below its compression is refused, or reads as objects of the paths that it names', async () => {
    const tar = gunzipSync(await archiveOf(objects));
    const change = fc.tuple(fc.nat(tar.length - 1), fc.uint8Array({ minLength: 1, maxLength: 16 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async changes => {
        const changed = Buffer.from(tar);
        for (const [at, bytes] of changes) changed.set(bytes.subarray(0, tar.length - at), at);
        await readsOrRefuses(gzipSync(changed, { level: 1 }));
      }),
      { numRuns: rounds(50) },
    );
  });

  test('in a header whose checksum was made good is refused, or reads as objects of the paths that it names', async () => {
    const member = podMember('a');
    await fc.assert(
      fc.asyncProperty(fc.nat(511), fc.uint8Array({ minLength: 1, maxLength: 12 }), async (at, bytes) => {
        const block = rawMember(member);
        block.set(bytes.subarray(0, 512 - at), at);
        block.fill(0x20, 148, 156);
        const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
        block.write(`${sum.toString(8).padStart(6, '0')}\0`, 148);
        await readsOrRefuses(rawArchive(podMember('z'), block));
      }),
      { numRuns: rounds(80) },
    );
  });

  test('to noise is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async noise => {
        await readsOrRefuses(gzipSync(Buffer.concat([noise, endOfTar])));
        await assert.rejects(open(noise), HozonError);
      }),
    );
  });

  test('in its body only is found by the checksum of the gzip', async () => {
    const bytes = await archiveOf(objects);
    const stored = gzipSync(gunzipSync(bytes), { level: 0 });
    const at = stored.indexOf('value 7919');
    stored.write('value 7918', at);
    await refused(stored, 'gzip-damaged', /check/);
  });

  async function readsOrRefuses(bytes: Buffer): Promise<void> {
    try {
      await using archive = await open(bytes);
      for (const type of await archive.types()) {
        const read = await Array.fromAsync(archive.read(type));
        assert.deepEqual(
          read.map(object => [object.metadata.namespace, object.metadata.name]),
          [...archive.keys(type)].map(key => [key.namespace, key.name]),
        );
      }
    } catch (thrown) {
      assertArchiveError(thrown);
    }
  }
});

test('an archive is refused the same in whatever pieces it comes', async () => {
  const bytes = changeTar(rawArchive(podMember('a')), tar => Buffer.concat([tar, Buffer.from('x')]));
  async function* bytewise(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Buffer.of(byte);
  }
  await assert.rejects(openArchive(bytewise(), { source: 'nightly' }), thrown =>
    isHozonError(thrown, 'archive.trailing-data'),
  );
  assert.deepEqual(await collect(bytewise()), bytes);
});

function assertArchiveError(thrown: unknown): void {
  assert.ok(thrown instanceof HozonError && thrown.code.startsWith('archive.'), describeThrown(thrown));
}
