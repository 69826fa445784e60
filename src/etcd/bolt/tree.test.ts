import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { readClusterFacts } from '../snapshot/facts.ts';
import { BoltFile } from './bolt-file.ts';
import { bucketsOf } from './tree.ts';

const directory = await mkdtemp(join(tmpdir(), 'hozon-tree-'));
after(() => rm(directory, { recursive: true }));

const pageSize = 4096;
const leafFlag = 0x02;
const metaFlag = 0x04;
const bucketFlag = 0x01;

interface Element {
  readonly flags?: number;
  readonly key: Buffer;
  readonly value: Buffer;
  /** Where it says that its key is: the bytes of the element before. */
  readonly isShared?: boolean;
}

function page(id: number, flags: number, count: number): Buffer {
  const bytes = Buffer.alloc(pageSize);
  bytes.writeBigUInt64LE(BigInt(id), 0);
  bytes.writeUInt16LE(flags, 8);
  bytes.writeUInt16LE(count, 10);
  return bytes;
}

function leaf(id: number, elements: readonly Element[]): Buffer {
  const bytes = page(id, leafFlag, elements.length);
  let next = 16 + 16 * elements.length;
  let last = next;
  for (const [number, { flags = 0, key, value, isShared = false }] of elements.entries()) {
    const at = 16 + 16 * number;
    if (!isShared) {
      last = next;
      key.copy(bytes, next);
      value.copy(bytes, next + key.length);
      next += key.length + value.length;
    }
    for (const [field, size] of [flags, last - at, key.length, value.length].entries()) {
      bytes.writeUInt32LE(size, at + 4 * field);
    }
  }
  return bytes;
}

/** @see `go.etcd.io/bbolt` `db.go`, `meta` */
function meta(id: number, pages: number): Buffer {
  const bytes = page(id, metaFlag, 0);
  const fields = bytes.subarray(16);
  for (const [number, value] of [0xed0cdaed, 2, pageSize].entries()) fields.writeUInt32LE(value, 4 * number);
  fields.writeBigUInt64LE(2n, 16);
  fields.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 32);
  fields.writeBigUInt64LE(BigInt(pages), 40);
  fields.writeBigUInt64LE(BigInt(id), 48);
  let hash = 0xcbf29ce484222325n;
  for (const byte of fields.subarray(0, 56)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  fields.writeBigUInt64LE(hash, 56);
  return bytes;
}

/** A file whose buckets are on page 2. */
async function fileOf(...pages: readonly Buffer[]): Promise<BoltFile> {
  const path = join(directory, 'db');
  const count = 2 + pages.length;
  await writeFile(path, Buffer.concat([meta(0, count), meta(1, count), ...pages]));
  return BoltFile.open(path);
}

/** A bucket with a page of its own. */
function bucketAt(name: string, root: number): Element {
  const value = Buffer.alloc(16);
  value.writeBigUInt64LE(BigInt(root), 0);
  return { flags: bucketFlag, key: Buffer.from(name), value };
}

function isDamage(text: RegExp): (thrown: unknown) => boolean {
  return thrown => isHozonError(thrown, 'etcd.snapshot-damaged') && text.test(thrown.explain('en'));
}

const entry = (key: string, value: string): Element => ({ key: Buffer.from(key), value: Buffer.from(value) });

test('buckets and the entries of small ones are read', async () => {
  const cluster = leaf(3, [entry('clusterVersion', '3.6.0')]);
  using file = await fileOf(leaf(2, [bucketAt('cluster', 3), bucketAt('key', 4)]), cluster, leaf(4, []));
  assert.deepEqual(
    [...bucketsOf(file)],
    [
      ['cluster', { root: 3 }],
      ['key', { root: 4 }],
    ],
  );
  assert.equal(readClusterFacts(file).clusterVersion, '3.6.0');
});

test('buckets that share their bytes, have endless names or are none are refused', async () => {
  const shared = Array.from({ length: 200 }, () => ({ ...bucketAt('n'.repeat(200), 3), isShared: true }));
  for (const [elements, text] of [
    [[bucketAt('n'.repeat(200), 3), ...shared], /page 2: an element lies outside/],
    [[bucketAt('n'.repeat(257), 3)], /page 2: a bucket in it is not valid/],
    [[entry('cluster', 'a value of more than 16 bytes')], /page 2: a bucket in it is not valid/],
  ] as const) {
    using file = await fileOf(leaf(2, elements), leaf(3, []));
    assert.throws(() => [...bucketsOf(file)], isDamage(text));
    assert.throws(() => readClusterFacts(file), isDamage(text));
  }
});

test('entries that share their bytes are refused', async () => {
  const first = entry('a'.repeat(200), 'b'.repeat(2000));
  const shared = Array.from({ length: 50 }, () => ({ ...first, isShared: true }));
  using file = await fileOf(leaf(2, [bucketAt('members', 3)]), leaf(3, [first, ...shared]));
  assert.throws(() => readClusterFacts(file), isDamage(/page 3: an element lies outside/));
});
