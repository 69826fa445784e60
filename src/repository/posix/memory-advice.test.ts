import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { discard } from './memory-advice.ts';

const mebibyte = 1024 * 1024;
const skip = platform() !== 'linux';

function isFilled(memory: Uint8Array, byte: number): boolean {
  return Buffer.alloc(memory.length, byte).equals(memory);
}

test('pages are given back, and nothing that lies around them is touched', { skip }, () => {
  const memory = new Uint8Array(new SharedArrayBuffer(64 * mebibyte)).fill(7);
  const most = memory.subarray(0, 63 * mebibyte + 100);
  const before = process.memoryUsage.rss();
  discard(most.subarray(5)); // no page begins where this does
  assert.ok(before - process.memoryUsage.rss() > 50 * mebibyte);
  assert.ok(isFilled(memory.subarray(0, 5), 7));
  assert.ok(isFilled(memory.subarray(most.length), 7));
  memory.fill(8);
  assert.ok(isFilled(memory, 8));
});

test('short memory stays as it is', () => {
  const memory = new Uint8Array(1000).fill(7);
  discard(memory);
  assert.ok(isFilled(memory, 7));
});
