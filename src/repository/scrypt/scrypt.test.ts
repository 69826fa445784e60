import assert from 'node:assert/strict';
import { randomBytes, scryptSync } from 'node:crypto';
import { platform } from 'node:os';
import { test } from 'node:test';
import { scrypt, scryptByKernel } from './scrypt.ts';

const [password, salt] = [randomBytes(20), randomBytes(64)];

function byNode({ n, r, p }: { readonly n: number; readonly r: number; readonly p: number }): Buffer {
  return scryptSync(password, salt, 64, { N: n, r, p, maxmem: 2 ** 30 });
}

test('the kernel derives the keys that RFC 7914 names', async () => {
  const vectors = [
    ['', '', { n: 16, r: 1, p: 1 }, '77d6576238657b203b19ca42c18a0497'],
    ['password', 'NaCl', { n: 1024, r: 8, p: 16 }, 'fdbabe1c9d3472007856e7190d01e9fe'],
  ] as const;
  for (const [given, salted, cost, expected] of vectors) {
    const key = await scryptByKernel(Buffer.from(given), Buffer.from(salted), { ...cost, size: 16 });
    assert.equal(key?.toString('hex'), expected);
  }
});

test('the kernel derives the keys that Node derives', async () => {
  for (const n of [2, 4, 512, 2048]) {
    for (const [r, p] of [
      [1, 1],
      [3, 2],
      [8, 3],
      [8, 4],
      [40, 5],
    ] as const) {
      const key = await scryptByKernel(password, salt, { n, r, p, size: 64 });
      assert.deepEqual(key, byNode({ n, r, p }), `n ${n}, r ${r}, p ${p}`);
    }
  }
});

test('keys are derived for much work and for little', async () => {
  for (const cost of [
    { n: 65536, r: 8, p: 1 },
    { n: 65536, r: 8, p: 2 },
    { n: 32768, r: 8, p: 5 },
    { n: 2, r: 1, p: 1 },
    { n: 4, r: 2 ** 14, p: 4 },
  ]) {
    assert.deepEqual(await scrypt(password, salt, { ...cost, size: 64 }), byNode(cost), JSON.stringify(cost));
  }
});

test('nothing of the work is left in memory', { skip: platform() !== 'linux' }, async () => {
  const before = process.memoryUsage.rss();
  await scrypt(password, salt, { n: 131072, r: 8, p: 1, size: 32 });
  await scrypt(password, salt, { n: 32768, r: 8, p: 2, size: 32 });
  assert.ok(process.memoryUsage.rss() - before < 64 * 1024 * 1024);
});
