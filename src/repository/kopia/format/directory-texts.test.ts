import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jsonText } from '../../format/go-json-text.ts';
import {
  type DirectoryEntry,
  type DirectorySummary,
  directoryEntryHead,
  directoryEntryText,
  goMode,
  isEntryHead,
  readDirectory,
  writeDirectory,
} from './directory.ts';
import { readDirectoryTexts } from './directory-texts.ts';

const content = '00112233445566778899aabbccddeeff';
const names = fc
  .oneof(fc.constantFrom('file-1.txt', 'a&b <c>', '名前', 'a"b\\c', '\u2028', '\ufffd'), fc.string())
  .filter(name => name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name));
const summary: fc.Arbitrary<DirectorySummary> = fc.record({
  size: fc.maxSafeNat(),
  files: fc.nat(),
  symlinks: fc.nat(3),
  dirs: fc.nat(3),
  maxTime: fc.bigInt(-(2n ** 62n), 2n ** 62n),
  incomplete: fc.constantFrom('', 'checkpoint'),
  failed: fc.nat(2),
  ignoredErrors: fc.nat(1),
  errors: fc.array(fc.record({ path: fc.string(), error: fc.constant('no "way"') }), { maxLength: 1 }),
});
const entry: fc.Arbitrary<DirectoryEntry> = fc.record({
  name: names,
  type: fc.constantFrom('f' as const, 's' as const, 'd' as const),
  mode: fc.nat(0o7777).map(goMode),
  size: fc.oneof(fc.nat(5), fc.maxSafeNat()),
  mtime: fc.oneof(fc.constantFrom(0n, 1_500_000_000n), fc.bigInt(-(2n ** 62n), 2n ** 62n)),
  uid: fc.nat(1000),
  gid: fc.nat(1000),
  object: fc.constantFrom(content, `k${content}`, `Ix${content}`),
  summary: fc.option(summary, { nil: undefined }),
});
const entries = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 6 });

test('entries are told apart as reading them does, and a text is an entry’s again', () => {
  const property = fc.property(entries, fc.option(summary, { nil: undefined }), (given, total) => {
    const plain = writeDirectory(given, total);
    const { entries: texts, text } = readDirectoryTexts(plain);
    assert.ok(text === undefined || text === plain.toString());
    const read = readDirectory(plain).entries;
    assert.deepEqual(
      texts,
      read.map(each => ({
        name: jsonText(each.name),
        type: each.type,
        object: each.object,
        head: directoryEntryHead(each),
      })),
    );
    const again = texts.map(({ head, object }) => `${head}"obj":"${object}"}`);
    assert.deepEqual(
      again,
      read.map(each => directoryEntryText({ ...each, summary: undefined })),
    );
  });
  fc.assert(property);
});

test('an entry has the head that would be made for it, and no other', () => {
  const alike = fc.tuple(entry, entry, fc.boolean()).map(([one, other, same]) => {
    const { mode, size, mtime, uid, gid, type } = other;
    return [one, same ? { ...one } : { ...one, mode, size, mtime, uid, gid, type }, other] as const;
  });
  const property = fc.property(alike, ([one, ...others]) => {
    const head = directoryEntryHead(one);
    for (const other of [one, ...others]) {
      assert.equal(isEntryHead(head, jsonText(other.name), other), head === directoryEntryHead(other));
    }
  });
  fc.assert(property);
});

test('what is written otherwise than kopia writes it says the same', () => {
  const plain = writeDirectory(
    [{ name: 'a', type: 'f', mode: 0o644, size: 1, mtime: 5n, uid: 0, gid: 0, object: content }],
    undefined,
  );
  const others = [
    ['"mode":"0644"', '"mode":"00644"'],
    ['"mode":"0644"', '"mode":"420"'],
    ['"size":1', '"size": 1'],
    ['.000000005Z', '.000000005+00:00'],
    ['.000000005Z', '.0000000050Z'],
    ['"name":"a"', '"name":"\\u0061"'],
    ['{"name":"a",', '{"uid":0,"name":"a",'],
    ['}]', '}\n]'],
  ] as const;
  for (const [from, to] of others) {
    const text = plain.toString();
    assert.ok(text.includes(from));
    const other = readDirectoryTexts(Buffer.from(text.replace(from, to)));
    assert.deepEqual(other, { ...readDirectoryTexts(plain), text: undefined });
  }
});

test('what is no directory is refused, and so is a name that leads out of one', () => {
  const plain = writeDirectory(
    [{ name: 'a', type: 'f', mode: 0, size: 1, mtime: 5n, uid: 0, gid: 0, object: content }],
    undefined,
  ).toString();
  const damaged = [
    plain.replace('"name":"a"', '"name":"../a"'),
    plain.replace(content, 'no object'),
    plain.slice(0, -3),
    plain.replace('null', 'nil'),
    plain.replace('kopia:directory', 'kopia:other'),
    `${plain}{}`,
  ];
  for (const text of damaged) assert.throws(() => readDirectoryTexts(Buffer.from(text)), text);
});
