import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { type PagedText, PageFile, PagePool, pageSize, pagesOf } from './page-file.ts';

let directory: string;
let made = 0;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-pages-'));
});
after(() => rm(directory, { recursive: true }));

const masterKey = randomBytes(32);
const damaged = new Error('damaged');

async function written(plain: Buffer, part = 10_000): Promise<{ path: string; text: PagedText }> {
  const text = { masterKey, id: 'xn0_ab', length: plain.length };
  const path = join(directory, String(made++));
  const parts = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < plain.length; at += part) yield plain.subarray(at, at + part);
  };
  await writeFile(path, pagesOf(text, parts()));
  return { path, text };
}

function opened(path: string, text: PagedText, pool = new PagePool(3)): PageFile {
  return new PageFile(path, text, { pool, onDamage: () => damaged });
}

test('what is written is read, wherever it begins and however long it is', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(1, 100, pageSize, pageSize + 1, 70 * pageSize, 200_000),
    fc.constantFrom(1000, 65_536, 1_000_000),
    fc.array(fc.tuple(fc.nat(200_000), fc.nat(20_000)), { maxLength: 30 }),
    async (length, part, ranges) => {
      const plain = randomBytes(length);
      const { path, text } = await written(plain, part);
      const [file, other] = [opened(path, text), opened(path, text)];
      for (const [from, size] of ranges) {
        const at = from % length;
        const target = Buffer.alloc(Math.min(size, length - at));
        for (const each of [file, other]) {
          each.read(target.fill(0), at);
          assert.ok(target.equals(plain.subarray(at, at + target.length)));
        }
      }
      assert.throws(() => file.read(Buffer.alloc(2), length - 1), RangeError);
    },
  );
  await fc.assert(property, { numRuns: 30 });
});

test('files share a pool, and each answers with its own bytes', async () => {
  const plains = [randomBytes(50_000), randomBytes(50_000)];
  const pool = new PagePool(4);
  const files = await Promise.all(
    plains.map(async plain => {
      const { path, text } = await written(plain);
      return opened(path, text, pool);
    }),
  );
  const target = Buffer.alloc(100);
  for (let at = 0; at < 49_900; at += 700) {
    for (const [number, file] of files.entries()) {
      file.read(target, at);
      assert.ok(target.equals(plains[number]?.subarray(at, at + 100) ?? Buffer.alloc(0)));
    }
  }
});

test('nothing that was changed is read, and nothing of another blob or repository', async () => {
  const plain = randomBytes(3 * pageSize);
  const { path, text } = await written(plain);
  const bytes = await readFile(path);
  assert.equal(bytes.includes(plain.subarray(0, 16)), false);
  for (const at of [8, 39, 40, 5000, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(path, changed);
    assert.throws(() => opened(path, text).read(Buffer.alloc(plain.length), 0), damaged);
  }
  await writeFile(path, bytes);
  for (const other of [{ id: 'xn0_ac' }, { masterKey: randomBytes(32) }]) {
    assert.throws(() => opened(path, { ...text, ...other }).read(Buffer.alloc(1), 0), damaged);
  }
  const [first, second] = [40, 40 + pageSize + 16].map(at => bytes.subarray(at, at + pageSize + 16));
  await writeFile(
    path,
    Buffer.concat(
      [bytes.subarray(0, 40), second ?? '', first ?? '', bytes.subarray(40 + 2 * (pageSize + 16))].map(part =>
        Buffer.from(part),
      ),
    ),
  );
  assert.throws(() => opened(path, text).read(Buffer.alloc(1), 0), damaged);
  for (const unlike of [
    bytes.subarray(1),
    bytes.subarray(0, -1),
    Buffer.concat([bytes, bytes]),
    Buffer.alloc(0),
  ]) {
    await writeFile(path, unlike);
    assert.throws(() => opened(path, text));
  }
});
