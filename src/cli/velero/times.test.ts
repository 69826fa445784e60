import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, dated, expiry, moment } from './times.ts';

const now = new Date('2026-01-02T03:04:05Z');
const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

test('ages are told in both languages', () => {
  const told = (seconds: number): string[] => {
    const text = ago(at(-seconds), now);
    return [text.en(), text.ja()];
  };
  assert.deepEqual(told(45), ['45s ago', '45 秒前']);
  assert.deepEqual(told(200), ['3m20s ago', '3 分 20 秒前']);
  assert.deepEqual(told(7200), ['120m ago', '120 分前']);
  assert.deepEqual(told(40 * 3600), ['40h ago', '40 時間前']);
  assert.deepEqual(told(86400 * 12), ['12d ago', '12 日前']);
  assert.deepEqual(told(-5), ['0s ago', '0 秒前']);
});

test('what is over is told so', () => {
  const left = expiry(at(86400 * 29), now);
  assert.ok(typeof left === 'object' && 'en' in left);
  assert.deepEqual([left.en(), left.ja()], ['in 29d', '29 日後']);
  const over = expiry(at(0), now);
  assert.ok(typeof over === 'object' && 'tone' in over && typeof over.text === 'object');
  assert.deepEqual([over.text.en(), over.text.ja(), over.tone], ['expired', '期限切れ', 'warn']);
  assert.equal(dated(at(0), over).en(), '2026-01-02T03:04:05Z (expired)');
});

test('a moment that makes no sense is none', () => {
  for (const text of ['', null, undefined, 'yesterday']) assert.equal(moment(text), undefined);
  assert.deepEqual(moment('2026-01-02T03:04:05Z'), now);
});
