import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { Fault } from '../../format/fault.ts';
import { parseJson, writeJson } from '../../format/go-json.ts';
import {
  contentHash,
  contentIdOf,
  contentIdWith,
  contentKey,
  contentPrefix,
  isContentId,
} from './content-id.ts';
import { type DirectoryEntry, goMode, readDirectory, unixMode, writeDirectory } from './directory.ts';
import { indexBlobId, parseEpochBlob, rangePrefix, singlePrefix, uncompactedPrefix } from './epoch-names.ts';
import { readIndirect, writeIndirect } from './indirect.ts';
import { readManifestContent, writeManifestContent } from './manifest-content.ts';
import { directObject, indirectObject, parseObjectId } from './object-id.ts';
import { policyLabels, policyTarget, readPolicy, writePolicy } from './policy.ts';
import { isLockedAt } from './repository-format.ts';
import { readSnapshotManifest } from './snapshot-manifest.ts';

const content = 'ab'.repeat(16);

test('a content has a name, a key and a hash', () => {
  const hashes = fc.uint8Array({ minLength: 16, maxLength: 32 });
  const property = fc.property(fc.constantFrom('', 'g', 'k', 'z'), hashes, (prefix, hash) => {
    const id = contentIdWith(prefix, hash);
    assert.ok(isContentId(id));
    assert.equal(contentPrefix(id), prefix);
    assert.deepEqual(contentHash(id), Buffer.from(hash));
    assert.equal(contentIdOf(contentKey(id)), id);
  });
  fc.assert(property);
  for (const text of ['', 'k', 'abc', 'a' + content, content.toUpperCase(), `${content}zz`, 7]) {
    assert.equal(isContentId(text), false, String(text));
  }
  for (const key of [[], [0], [0x61, 1], [1, 1]]) assert.throws(() => contentIdOf(Buffer.from(key)), Fault);
});

test('an object is a content, or lists above one', () => {
  const direct = { levels: 0, compressed: false, content };
  assert.deepEqual(parseObjectId(directObject(content)), direct);
  assert.deepEqual(parseObjectId(indirectObject(indirectObject(`k${content}`))), {
    levels: 2,
    compressed: false,
    content: `k${content}`,
  });
  assert.deepEqual(parseObjectId(`Z${content}`), { ...direct, compressed: true });
  assert.deepEqual(parseObjectId(`D${content}`), direct);
  assert.deepEqual(parseObjectId(`ZD${content}`), { ...direct, compressed: true });
  for (const text of ['', 'I', `IZ${content}`, `Q${content}`, `${'I'.repeat(40)}${content}`, undefined]) {
    assert.equal(parseObjectId(text), undefined, text);
  }
});

test('parts of an object follow each other', () => {
  const lengths = fc.array(fc.nat(2 ** 40), { maxLength: 20 });
  const property = fc.property(lengths, given => {
    let start = 0;
    const parts = given.map(length => {
      const part = { start, length, object: content };
      start += length;
      return part;
    });
    assert.deepEqual(readIndirect(writeIndirect(parts)), parts);
  });
  fc.assert(property);
  const parts = [
    { start: 0, length: 5, object: content },
    { start: 5, length: 1, object: `Ix${content}` },
  ];
  const entries = `[{"l":5,"o":"${content}"},{"s":5,"l":1,"o":"Ix${content}"}]`;
  assert.equal(writeIndirect(parts).toString(), `{"stream":"kopia:indirect","entries":${entries}}\n`);
  for (const start of [4, 6, -1]) {
    const second = { start, length: 1, object: content };
    assert.throws(
      () => readIndirect(writeIndirect([{ start: 0, length: 5, object: content }, second])),
      Fault,
    );
  }
});

const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(name => {
  return name.isWellFormed() && !/[/\0]/.test(name) && name !== '.' && name !== '..';
});
const summary = {
  size: 5,
  files: 1,
  symlinks: 0,
  dirs: 2,
  maxTime: 5n,
  incomplete: '',
  failed: 0,
  ignoredErrors: 0,
  errors: [],
};
const directoryEntry: fc.Arbitrary<DirectoryEntry> = fc
  .record({
    name: names,
    type: fc.constantFrom('f' as const, 'd' as const, 's' as const),
    mode: fc.nat(0o7777).map(goMode),
    size: fc.maxSafeNat(),
    mtime: fc.bigInt(-(2n ** 62n), 2n ** 62n),
    uid: fc.nat(2 ** 32 - 1),
    gid: fc.nat(2 ** 32 - 1),
    object: fc.constantFrom(content, `Ik${content}`),
    summary: fc.constantFrom(undefined, { ...summary, errors: [{ path: 'a<b', error: 'no' }] }),
  })
  .map(each => ({ ...each }));

test('directories are written and read, in kopia’s order', () => {
  const list = fc.uniqueArray(directoryEntry, { selector: each => each.name, maxLength: 12 });
  const property = fc.property(list, given => {
    const text = writeDirectory(given, summary);
    const { entries, summary: read } = readDirectory(text);
    assert.deepEqual(read, summary);
    assert.deepEqual(new Set(entries), new Set(given));
    assert.ok(writeDirectory(given.toReversed(), summary).equals(text));
    const kinds = entries.map(each => Number(each.type !== 'd'));
    assert.deepEqual(
      kinds,
      kinds.toSorted((a, b) => a - b),
    );
  });
  fc.assert(property);
});

test('a directory is written byte for byte as kopia writes it', () => {
  const file = {
    type: 'f',
    mode: goMode(0o4755),
    size: 3,
    mtime: -1n,
    uid: 0,
    gid: 7,
    object: content,
  } as const;
  const entries = [
    { ...file, name: 'a&<"\u2028' },
    { ...file, name: Buffer.from([0x62, 0xff, 0x63]), mtime: 0n, size: 0 },
    { ...file, name: 'z', type: 'd' as const, mode: 0o1, uid: 1, gid: 0, summary },
  ];
  const text = writeDirectory(entries, undefined).toString();
  const summ =
    '{"size":5,"files":1,"symlinks":0,"dirs":2,"maxTime":"1970-01-01T00:00:00.000000005Z","numFailed":0}';
  const time = '"mtime":"1969-12-31T23:59:59.999999999Z"';
  const expected = [
    `{"name":"z","type":"d","mode":"01","size":3,${time},"uid":1,"obj":"${content}","summ":${summ}}`,
    `{"name":"a\\u0026\\u003c\\"\\u2028","type":"f","mode":"040000755","size":3,${time},"gid":7,"obj":"${content}"}`,
    `{"name":"b\\ufffdc","type":"f","mode":"040000755","gid":7,"obj":"${content}"}`,
  ];
  assert.equal(text, `{"stream":"kopia:directory","entries":[${expected.join(',')}],"summary":null}\n`);
  assert.ok(writeDirectory([], summary).toString().startsWith('{"stream":"kopia:directory","entries":null,'));
});

test('names that lead out of a directory, and what is none, are refused', () => {
  const withEntry = (members: object): Buffer => {
    const entries = [{ name: 'x', type: 'f', obj: content, ...members }];
    return Buffer.from(JSON.stringify({ stream: 'kopia:directory', entries }));
  };
  assert.equal(readDirectory(withEntry({ mode: '0644' })).entries[0]?.mode, 0o644);
  const wrong = [
    ...['', '.', '..', 'a/b', '/', 'a\0'].map(name => ({ name })),
    { obj: 'nothing' },
    { obj: null },
    { mode: '0999' },
    { mode: 7 },
    { mtime: 'yesterday' },
    { size: -1 },
    { uid: '0' },
    { summ: [] },
  ];
  for (const members of wrong) assert.throws(() => readDirectory(withEntry(members)), Fault);
  for (const text of ['', '{}', '{"stream":"kopia:indirect"}', '{"stream":"kopia:directory","entries":{}}']) {
    assert.throws(() => readDirectory(Buffer.from(text)), Fault, text);
  }
});

test('modes are the system’s and Go’s', () => {
  for (let mode = 0; mode <= 0o7777; mode++) assert.equal(unixMode(goMode(mode)), mode);
  assert.equal(goMode(0o1777).toString(8), '4000777');
});

test('index blobs tell their epochs by their names', () => {
  const hash = Buffer.alloc(16, 0xab);
  const set = { set: 's0123456789abcdef', count: 2 };
  assert.deepEqual(parseEpochBlob(indexBlobId(uncompactedPrefix(7), hash, set)), {
    kind: 'uncompacted',
    epoch: 7,
    set,
  });
  assert.deepEqual(parseEpochBlob(indexBlobId(singlePrefix(8), hash, set)), {
    kind: 'single',
    epoch: 8,
    set,
  });
  const range = { kind: 'range', from: 0, to: 12, set };
  assert.deepEqual(parseEpochBlob(indexBlobId(rangePrefix(0, 12), hash, set)), range);
  assert.deepEqual(parseEpochBlob('xe4'), { kind: 'marker', epoch: 4 });
  assert.deepEqual(parseEpochBlob('xw1700000000'), { kind: 'watermark', seconds: 1_700_000_000 });
  const alone = { kind: 'uncompacted', epoch: 1, set: undefined };
  assert.deepEqual(parseEpochBlob('xn1_abcdef'), alone);
  for (const name of ['x', 'xn', 'xn_1', 'xr1_', 'xe', 'p0', 'xz1', 'xe1_0']) {
    assert.equal(parseEpochBlob(name), undefined, name);
  }
});

test('manifests keep every digit, and the time to the nanosecond', () => {
  const data = parseJson(
    '{"upload":{"parallelUploadAboveSize":9223372036854775807},"new":[1.50,{"b":1,"a":2}]}',
  );
  const labels = { type: 'policy', policyType: 'global' };
  const entry = { id: '0'.repeat(32), labels, modified: 1_700_000_000_123_456_789n, deleted: false, data };
  const gone = { ...entry, id: '1'.repeat(32), deleted: true, data: undefined };
  const read = readManifestContent(writeManifestContent([entry, gone]));
  assert.deepEqual(
    read.map(each => ({ ...each, data: 0 })),
    [entry, gone].map(each => ({ ...each, data: 0 })),
  );
  assert.equal(writeJson(read[0]?.data ?? null), writeJson(data));
  assert.equal(read[1]?.data, undefined);
  assert.equal(readPolicy(read[0]?.data).upload.parallelUploadAboveSize, 2n ** 63n - 1n);
  assert.throws(() => readManifestContent(Buffer.from('{}')), Fault);
  assert.throws(() => readManifestContent(gzipSync('{"entries":[{"id":""}]}')), Fault);
});

test('locks of upgrades stop everybody as soon as notice ends', () => {
  const minute = 60_000_000_000n;
  const lock = {
    owner: 'x',
    creationTime: 1000n * minute,
    advanceNotice: 60n * minute,
    drainTimeout: 10n * minute,
    statusPollInterval: minute,
    message: 'm',
    maxClockDrift: 5n * minute,
  };
  assert.equal(isLockedAt(lock, 1034n * minute), false);
  assert.equal(isLockedAt(lock, 1035n * minute), true);
  assert.equal(isLockedAt({ ...lock, advanceNotice: 0n }, 0n), true);
});

test('policies are found by their targets', () => {
  const targets = [
    { host: '', userName: '', path: '' },
    { host: 'h', userName: '', path: '' },
    { host: 'h', userName: 'u', path: '' },
    { host: 'h', userName: 'u', path: '/p' },
  ];
  for (const target of targets) assert.deepEqual(policyTarget(policyLabels(target)), target);
  assert.equal(policyTarget({ type: 'snapshot' }), undefined);
  assert.deepEqual(
    targets.map(each => policyLabels(each)['policyType']),
    ['global', 'host', 'user', 'path'],
  );
});

test('a policy is changed by its named members and keeps the others', () => {
  const document = { retention: { keepLatest: 5, keepNew: 1 }, scheduling: { manual: true }, other: [] };
  const policy = readPolicy(document);
  assert.equal(policy.retention.keepLatest, 5n);
  const changed = writePolicy({ ...policy, retention: { keepDaily: 2n ** 63n - 1n } });
  assert.equal(
    writeJson(changed),
    '{"retention":{"keepDaily":9223372036854775807,"keepNew":1},"files":{},"errorHandling":{},' +
      '"scheduling":{"manual":true},"compression":{},"metadataCompression":{},"splitter":{},"actions":{},' +
      '"osSnapshots":{},"logging":{},"upload":{},"other":[]}',
  );
  assert.deepEqual(readPolicy(changed).retention, { keepDaily: 2n ** 63n - 1n });
  assert.throws(() => readPolicy({ retention: { keepLatest: 'many' } }), Fault);
});

test('what is no snapshot is refused', () => {
  for (const data of [
    undefined,
    null,
    [],
    {},
    { startTime: 'now' },
    { startTime: '2020-01-01T00:00:00Z', pins: [1] },
  ]) {
    assert.throws(() => readSnapshotManifest(data), Fault);
  }
});
