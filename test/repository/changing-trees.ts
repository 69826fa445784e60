import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import * as fc from 'fast-check';
import { type BytePath, joined, pathBytes } from '#repository/trees/byte-path.ts';
import { makeNode, setAttribute, setTimes } from './file-calls.ts';

/*
 * Trees of files of every kind, and changes in them, each of one thing of one entry.
 */

/** What an entry of a tree is. Names and paths are bytes as Latin-1. */
export type Node =
  | { readonly type: 'file'; readonly size: number; readonly mode: number; readonly attribute: string }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'fifo' }
  | { readonly type: 'directory'; readonly children: Readonly<Record<BytePath, Node>> };

const names = [
  'a',
  'b',
  'c',
  'd',
  'Z',
  'x&"<',
  bytesOf('ü'),
  '\xff\xfe',
  '.kopiaignore',
  'CACHEDIR.TAG',
] as const;

function bytesOf(text: string): BytePath {
  return Buffer.from(text).toString('latin1');
}

export const nodes = fc.letrec<{ node: Node; directory: Node }>(tie => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('file' as const),
        size: fc.nat(20),
        mode: fc.constantFrom(0o644, 0o755, 0o4755, 0o1600),
        attribute: fc.constantFrom('', '', '', '', 'trusted.one', 'trusted.two'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('symlink' as const), target: fc.constantFrom('a', 'none') }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'fifo' as const }) },
    { weight: 3, arbitrary: tie('directory') },
  ),
  directory: fc.record({
    type: fc.constant('directory' as const),
    children: fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 7 }),
  }),
}));

export function at(root: string, path: BytePath): Buffer {
  return pathBytes(joined(root, path));
}

export const firstTime = 1_700_000_000_123_456_789n;
let made = 0n;

export function touch(path: Buffer, time = firstTime + made++ * 333_333_333n): void {
  setTimes(path, { atime: time, mtime: time });
}

export function make(root: string, path: BytePath, node: Node): void {
  const place = at(root, path);
  if (node.type === 'symlink') symlinkSync(node.target, place);
  if (node.type === 'fifo') makeNode(place, 0o010644);
  if (node.type === 'directory') {
    mkdirSync(place, { recursive: true });
    for (const [name, child] of Object.entries(node.children)) make(root, joined(path, name), child);
  }
  if (node.type === 'file') {
    writeFileSync(place, contentOf(path) ?? 'x'.repeat(node.size));
    chmodSync(place, node.mode);
    if (node.attribute !== '') setAttribute(place, node.attribute, Buffer.from('value'));
  }
  touch(place);
}

/** What is in a file that leaves out others: some names, or all that is beside it. */
function contentOf(path: BytePath): string | undefined {
  if (path.endsWith('.kopiaignore')) return '/b\nd\n';
  return path.endsWith('CACHEDIR.TAG') ? 'Signature: 8a477f597d28d172789f06886806bc55' : undefined;
}

/** Every entry below a directory, by its path from there. */
export function everything(root: string, path: BytePath = ''): BytePath[] {
  const found = readdirSync(at(root, path), { encoding: 'latin1', withFileTypes: true });
  return found.flatMap(entry => {
    const own = joined(path, entry.name);
    return entry.isDirectory() ? [own, ...everything(root, own)] : [own];
  });
}

/** Each changes one thing of an entry, or does nothing where it has no such thing. */
export const changes = {
  mtime: (_, place) => touch(place, lstatSync(place, { bigint: true }).mtimeNs + 1n),
  'older mtime': (_, place) => touch(place, lstatSync(place, { bigint: true }).mtimeNs - 1n),
  'mtime of 1970': (_, place) => touch(place, 0n),
  'mtime before 1970': (_, place) => touch(place, -1n),
  size: (_, place) => {
    const { mtimeNs, size } = lstatSync(place, { bigint: true });
    if (!lstatSync(place).isFile()) return;
    truncateSync(place, Number(size) + 1);
    touch(place, mtimeNs);
  },
  content: (_, place) => {
    const stat = lstatSync(place);
    if (!stat.isFile()) return;
    writeFileSync(place, 'y'.repeat(stat.size));
    touch(place);
  },
  mode: (_, place) => {
    if (!lstatSync(place).isSymbolicLink()) chmodSync(place, lstatSync(place).mode ^ 0o2);
  },
  'high mode': (_, place) => {
    if (lstatSync(place).isFile()) chmodSync(place, lstatSync(place).mode ^ 0o2000);
  },
  owner: (_, place) => {
    if (!lstatSync(place).isSymbolicLink()) chownSync(place, lstatSync(place).uid + 1, lstatSync(place).gid);
  },
  group: (_, place) => {
    if (!lstatSync(place).isSymbolicLink()) chownSync(place, lstatSync(place).uid, 4_000_000_000);
  },
  'a file for it': (_, place) => replaced(place, () => writeFileSync(place, '')),
  'a symlink for it': (_, place) => replaced(place, () => symlinkSync('x', place)),
  'a directory for it': (_, place) => replaced(place, () => mkdirSync(place)),
  'a fifo for it': (_, place) => replaced(place, () => makeNode(place, 0o010644)),
  removed: (_, place) => rmSync(place, { recursive: true }),
  'another name': (_, place) => {
    const other = pathBytes(`${place.toString('latin1')} renamed`);
    if (lstatSync(other, { throwIfNoEntry: false }) === undefined) renameSync(place, other);
  },
  'a second name': (_, place) => {
    const other = pathBytes(`${place.toString('latin1')} linked`);
    const isThere = lstatSync(other, { throwIfNoEntry: false }) !== undefined;
    if (lstatSync(place).isFile() && !isThere) linkSync(place, other);
  },
  'a neighbour': (_, place) => writeFileSync(pathBytes(`${place.toString('latin1')}0`), 'new'),
  attribute: (_, place) => {
    if (lstatSync(place).isFile()) setAttribute(place, 'trusted.three', Buffer.alloc(1));
  },
  acl: (_, place) => {
    // version 2; rw- for the owner, r-- for user 7, the group and the mask, none for others
    const [owner, user, group, mask, other] = [0x01, 0x02, 0x04, 0x10, 0x20];
    const rules = [
      [owner, 6, -1],
      [user, 4, 7],
      [group, 4, -1],
      [mask, 4, -1],
      [other, 0, -1],
    ];
    const value = Buffer.alloc(4 + 8 * rules.length);
    value.writeUInt32LE(2);
    for (const [index, [tag = 0, permissions = 0, id = 0]] of rules.entries()) {
      value.writeUInt16LE(tag, 4 + 8 * index);
      value.writeUInt16LE(permissions, 6 + 8 * index);
      value.writeInt32LE(id, 8 + 8 * index);
    }
    if (lstatSync(place).isFile()) setAttribute(place, 'system.posix_acl_access', value);
  },
  rules: (root, place) => {
    const name = place.toString('latin1').replace(/^.*\//s, '');
    const above = place.subarray(0, place.length - name.length);
    const rule = Buffer.concat([above, Buffer.from('.kopiaignore')]);
    if (lstatSync(rule, { throwIfNoEntry: false }) === undefined) writeFileSync(rule, `${name}\n`);
    else touch(Buffer.from(root));
  },
} as const satisfies Record<string, (root: string, place: Buffer) => void>;

export function replaced(place: Buffer, put: () => void): void {
  rmSync(place, { recursive: true });
  put();
  touch(place);
}

export const kinds = Object.keys(changes) as (keyof typeof changes)[];
export const stepsOfChanges = fc.array(
  fc.array(fc.record({ which: fc.nat(1000), kind: fc.constantFrom(...kinds) }), { maxLength: 4 }),
  { minLength: 1, maxLength: 3 },
);
