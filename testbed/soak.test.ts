import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soakFactor } from './soak.ts';

test('suites are as long as HOZON_SOAK says, and short without it', () => {
  assert.equal(soakFactor({}), 1);
  assert.equal(soakFactor({ HOZON_SOAK: '' }), 1);
  assert.equal(soakFactor({ HOZON_SOAK: '25' }), 25);
  for (const wrong of ['0', '-1', '1.5', 'yes']) {
    assert.throws(() => soakFactor({ HOZON_SOAK: wrong }), /HOZON_SOAK/);
  }
});
