import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTook } from './took.ts';

test('a duration is printed as Go prints it', () => {
  assert.equal(formatTook(85.195385), '85.195385ms');
  assert.equal(formatTook(2), '2ms');
  assert.equal(formatTook(0.8705), '870.5µs');
  assert.equal(formatTook(1234.567891), '1.234567891s');
  assert.equal(formatTook(0.0000004), '0ns');
});
