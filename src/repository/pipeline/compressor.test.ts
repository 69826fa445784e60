import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { keptContext, nodesOwn } from './compressor.ts';

const text = Buffer.from('some line that comes again\n'.repeat(5000));

test("zstd's own interface and Node's call both make frames of the content, into shared memory too", () => {
  for (const level of [2, 11]) {
    const kept = keptContext(level);
    assert.ok(kept !== undefined, 'this Node exports the functions of zstd');
    for (const compressor of [kept, nodesOwn(level)]) {
      for (const plain of [Buffer.from('x'), text, randomBytes(300_000), Buffer.alloc(9_000_000)]) {
        const shared = new Uint8Array(new SharedArrayBuffer(plain.length));
        shared.set(plain);
        const target = new Uint8Array(new ArrayBuffer(plain.length + 70_000), 7);
        const length = compressor.compress(shared, target);
        assert.ok(length > 0);
        const opened = zstdDecompressSync(target.subarray(0, length), { maxOutputLength: plain.length });
        assert.ok(opened.equals(plain));
      }
    }
  }
});

test('what does not fit is said so, and nothing is written behind the target', () => {
  for (const compressor of [keptContext(2), nodesOwn(2)]) {
    const memory = Buffer.alloc(200_000, 1);
    assert.equal(compressor?.compress(randomBytes(100_000), memory.subarray(0, 50_000)), 0);
    assert.ok(memory.subarray(50_000).every(byte => byte === 1));
    assert.notEqual(compressor?.compress(text, memory), 0);
  }
});
