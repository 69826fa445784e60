import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contentText, nodeHead, nodeName } from './node-text.ts';
import { entryOf } from './testing.ts';

const zone = process.env['TZ'];
before(() => {
  process.env['TZ'] = 'Europe/Amsterdam';
});
after(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const times = {
  mtime: 1_795_256_457_168_959_274n,
  atime: 1n,
  ctime: 1_795_256_479_920_253_738n,
};
const options = { withAtime: false };

test('a file is written as restic 0.14 wrote it', () => {
  const entry = entryOf('file', {
    ...times,
    mode: 0o6755,
    inode: 10_018_849n,
    device: 65_024n,
    size: 3,
    links: 2n,
    attributes: [{ name: 'user.x', value: Buffer.from('abc') }],
  });
  const id = '98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4';
  assert.equal(
    nodeHead(entry, nodeName('file'), options) + contentText([id]),
    `{"name":"file","type":"file","mode":12583405,"mtime":"2026-11-21T11:20:57.168959274+01:00","atime":"2026-11-21T11:20:57.168959274+01:00","ctime":"2026-11-21T11:21:19.920253738+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":10018849,"device_id":65024,"size":3,"links":2,"extended_attributes":[{"name":"user.x","value":"YWJj"}],"content":["${id}"]}`,
  );
});

test('a directory is written as restic 0.14 wrote it', () => {
  const attributes = [
    { name: 'user.empty', value: Buffer.alloc(0) },
    { name: 'user.bin', value: Buffer.of(0xff, 0) },
  ];
  const entry = entryOf('dir', {
    ...times,
    type: 'dir',
    mode: 0o3755,
    inode: 10_018_845n,
    device: 65_024n,
    attributes,
  });
  assert.equal(
    nodeHead(entry, nodeName('dir'), options),
    '{"name":"dir","type":"dir","mode":2152727021,"mtime":"2026-11-21T11:20:57.168959274+01:00","atime":"2026-11-21T11:20:57.168959274+01:00","ctime":"2026-11-21T11:21:19.920253738+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":10018845,"device_id":65024,"extended_attributes":[{"name":"user.empty","value":""},{"name":"user.bin","value":"/wA="}],"content":null,"subtree":"',
  );
});

test('what is zero or empty is left out, and each type has its members', () => {
  const members = (told: Parameters<typeof entryOf>[1]): string[] =>
    Object.keys(JSON.parse(`${nodeHead(entryOf('x', told), '"x"', options)}null}`) as object).slice(2);
  const always = ['mtime', 'atime', 'ctime', 'uid', 'gid'];
  const bare = { mode: 0, user: undefined, group: undefined, inode: 0n, device: 0n, links: 0n };
  assert.deepEqual(members(bare), [...always, 'content']);
  const link = { ...bare, type: 'symlink', target: Buffer.from('x'), links: 1n } as const;
  assert.deepEqual(members(link), ['mode', ...always, 'links', 'linktarget', 'content']);
  const device = { ...bare, type: 'chardev', rdev: 259n, links: 1n } as const;
  assert.deepEqual(members(device), ['mode', ...always, 'links', 'device', 'content']);
  assert.deepEqual(members({ ...bare, type: 'fifo', links: 1n }), ['mode', ...always, 'content']);
  assert.match(
    nodeHead(entryOf('x', { ...bare, type: 'chardev', mode: 0o644 }), '"x"', options),
    /"mode":69206436,/,
  );
});

test('times of access are stored only when asked for', () => {
  assert.match(
    nodeHead(entryOf('x', times), '"x"', { withAtime: true }),
    /"atime":"1970-01-01T01:00:00.000000001\+01:00"/,
  );
});

test('large numbers keep their digits', () => {
  const entry = entryOf('x', { inode: 18_446_744_073_709_551_615n });
  assert.match(nodeHead(entry, '"x"', options), /"inode":18446744073709551615,/);
});

test('where a link leads is written as text, and as bytes where it is none', () => {
  const target = Buffer.from('bad\xff\xfe<&>', 'latin1');
  const head = nodeHead(entryOf('x', { type: 'symlink', target }), '"x"', options);
  assert.match(
    head,
    /"linktarget":"bad\\ufffd\\ufffd\\u003c\\u0026\\u003e","linktarget_raw":"YmFk\/\/48Jj4=",/,
  );
});

test('names are quoted as restic quotes them', () => {
  assert.equal(nodeName('plain name'), '"plain name"');
  const name =
    Buffer.from('na\u0001\xff', 'latin1').toString('latin1') +
    Buffer.from('\u2028 <é>"\\').toString('latin1');
  assert.equal(nodeName(name), '"na\\\\x01\\\\xff\\\\u2028 \\u003cé\\u003e\\\\\\"\\\\\\\\"');
});

test('content is a list', () => {
  assert.equal(contentText([]), '[]}');
  assert.equal(contentText(['a', 'b']), '["a","b"]}');
});
