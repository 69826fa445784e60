import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jsonText } from '../../format/go-json-text.ts';
import {
  compareEntries,
  type DirectoryEntry,
  type DirectorySummary,
  directoryEntryHead,
  directoryEntryText,
  directoryText,
  type EntryText,
  goMode,
  isDirectoryText,
  isEntryHead,
  readDirectory,
  writeDirectory,
} from './directory.ts';
import { type DirectoryTexts, readDirectoryTexts } from './directory-texts.ts';

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
/** As most are: written to the letter as kopia writes it. */
const usualEntries = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z&日]{1,3}$/),
      type: fc.constantFrom('f' as const, 's' as const, 'd' as const),
      mode: fc.constantFrom(0o644, 0o755),
      size: fc.nat(100),
      mtime: fc.bigInt(0n, 2n ** 60n),
      uid: fc.nat(2),
      gid: fc.nat(2),
      object: fc.constantFrom(content, `k${content}`),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 9 },
  )
  .map(all => all.map(each => (each.type === 'd' ? { ...each, summary: nothingBelow } : each)));
const nothingBelow: DirectorySummary = {
  size: 0,
  files: 0,
  symlinks: 0,
  dirs: 1,
  maxTime: 0n,
  incomplete: '',
  failed: 0,
  ignoredErrors: 0,
  errors: [],
};

test('entries are told apart as reading them does, and a text is an entry’s again', () => {
  const some = fc.oneof(entries, usualEntries);
  const property = fc.property(some, fc.option(summary, { nil: undefined }), (given, total) => {
    const plain = writeDirectory(given, total);
    const directory = readDirectoryTexts(plain);
    const { entries: texts, text } = directory;
    assert.ok(text === undefined || text === plain.toString());
    for (const { at, within, text: own } of texts) {
      assert.ok(at === -1 || (within === directory && text?.startsWith(own, at)));
    }
    const read = readDirectory(plain).entries;
    assert.deepEqual(
      texts.map(({ name, type, object, head, text: own }) => ({ name, type, object, head, text: own })),
      read.map(each => ({
        name: jsonText(each.name),
        type: each.type,
        object: each.object,
        head: directoryEntryHead(each),
        text: directoryEntryText({ ...each, summary: undefined }),
      })),
    );
  });
  fc.assert(property);
});

test('an entry is found by its name in whatever order they are asked for, and directories come first', () => {
  const asked = fc.array(fc.oneof(fc.nat(6), fc.constantFrom('"none"', '"summary"', '""')));
  const both = fc.oneof(
    entries.map(given => ({ given, usual: false })),
    usualEntries.map(given => ({ given, usual: true })),
  );
  const property = fc.property(both, asked, ({ given, usual }, numbersOrNames) => {
    const texts = readDirectoryTexts(writeDirectory(given, undefined));
    if (usual) assert.ok(texts.text !== undefined);
    assert.equal(texts.count, given.length);
    const all = texts.entries;
    // once in their order, as a walk does, and then as it comes
    for (const each of all) assert.deepEqual(texts.find(each.name), each);
    for (const one of numbersOrNames) {
      const name = typeof one === 'string' ? one : (all[one]?.name ?? '"beyond"');
      assert.deepEqual(
        texts.find(name),
        all.find(each => each.name === name),
      );
    }
    for (const most of [0, 1, 100]) {
      const directories = all.filter(({ type }) => type === 'd').slice(0, most);
      assert.deepEqual(
        texts.directories(most),
        directories.map(({ object }) => object),
      );
    }
  });
  fc.assert(property);
});

test('a text is that of its own entries and summary, and of no others', () => {
  const property = fc.property(entries, entries, summary, summary, (given, others, total, another) => {
    const [own, other] = [given, others].map(each =>
      each.toSorted(compareEntries).map(directoryEntryText),
    ) as [string[], string[]];
    const text = directoryText(own, total);
    const directory = { text };
    const apart = (texts: readonly string[]): EntryText[] =>
      texts.map(each => ({ text: each, at: -1, within: undefined }));
    const inIt = own.map(each => ({ text: each, at: text.indexOf(each), within: directory }));
    assert.ok(isDirectoryText(directory, apart(own), total));
    assert.ok(isDirectoryText(directory, inIt, total));
    assert.equal(isDirectoryText(directory, inIt.toReversed(), total), own.length < 2);
    assert.equal(isDirectoryText({ text: undefined }, apart(own), total), false);
    for (const [list, sum] of [
      [other, total],
      [own, another],
      [own.slice(1), total],
      [[...own, '{}'], total],
      [[own.join(',')], total],
    ] as const) {
      assert.equal(isDirectoryText(directory, apart(list), sum), directoryText(list, sum) === text);
    }
  });
  fc.assert(property);
});

test('what was taken from another directory of the same layout is looked at', () => {
  const number = fc.integer({ min: 0, max: 2 ** 9 - 1 });
  const property = fc.property(usualEntries, number, number, (given, changed, taken) => {
    const files = given.map(each => ({ ...each, type: 'f' as const, object: content, summary: undefined }));
    const others = files.map((each, index) =>
      (changed >> index) & 1 ? { ...each, object: content.replace('00', 'ff') } : each,
    );
    const [one, other] = [files, others].map(each =>
      readDirectoryTexts(writeDirectory(each, nothingBelow)),
    ) as [DirectoryTexts, DirectoryTexts];
    assert.equal(one.text?.length, other.text?.length);
    const both = one.entries.map(
      (each, index) => ((taken >> index) & 1 ? other.entries[index] : each) ?? each,
    );
    const text = directoryText(
      both.map(each => each.text),
      nothingBelow,
    );
    for (const directory of [one, other]) {
      assert.equal(isDirectoryText(directory, both, nothingBelow), text === directory.text);
    }
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
    assert.equal(other.text, undefined);
    const apart = readDirectoryTexts(plain).entries.map(each => ({ ...each, at: -1, within: undefined }));
    assert.deepEqual(other.entries, apart);
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
