import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Fault } from '../../format/fault.ts';
import { type KeyDerivation, openKeyFile, parseKeyFile, writeKeyFile } from './key-file.ts';
import { reasons } from './reasons.ts';

type Work = Pick<KeyDerivation, 'n' | 'r' | 'p'>;

function written(work: Work): Buffer {
  const who = { created: '2026-01-02T03:04:05Z', username: 'someone', hostname: 'here' };
  return writeKeyFile({ ...who, ...work, salt: randomBytes(64), data: randomBytes(64) });
}

function refusal(work: Work): unknown {
  try {
    parseKeyFile(written(work));
    return undefined;
  } catch (thrown) {
    assert.ok(thrown instanceof Fault);
    return thrown.reason;
  }
}

test('what restic makes is taken, and what takes some times as much', () => {
  for (const work of [
    { n: 2 ** 15, r: 8, p: 1 },
    { n: 2 ** 15, r: 8, p: 20 },
    { n: 2 ** 18, r: 8, p: 16 },
    { n: 2, r: 1, p: 1 },
    { n: 2 ** 15, r: 1, p: 1 },
  ]) {
    assert.equal(refusal(work), undefined, JSON.stringify(work));
  }
});

test('parameters that scrypt does not have are refused', () => {
  for (const work of [
    { n: 1, r: 8, p: 1 },
    { n: 3, r: 8, p: 1 },
    { n: 2, r: 0, p: 1 },
    { n: 2, r: 1, p: 0 },
    { n: 2 ** 16, r: 1, p: 1 }, // N below 2 ** (16 * r)
    { n: 2 ** 17, r: 1, p: 2 },
  ]) {
    assert.equal(refusal(work), reasons.scrypt, JSON.stringify(work));
  }
});

test('memory and time that a key file may ask for are bounded, by each of its parameters', () => {
  for (const work of [
    { n: 2 ** 19, r: 8, p: 1 }, // a table of 512 MiB
    { n: 2, r: 2 ** 22, p: 1 },
    { n: 2, r: 2 ** 17, p: 2 }, // blocks of 32 MiB
    { n: 2, r: 1, p: 2 ** 18 },
    { n: 2 ** 18, r: 8, p: 17 }, // time
  ]) {
    assert.equal(refusal(work), reasons.scryptAbsurd, JSON.stringify(work));
  }
});

test('the largest blocks that are taken are derived from, and open nothing', async () => {
  const file = parseKeyFile(written({ n: 2, r: 2 ** 16, p: 2 }));
  assert.equal(await openKeyFile(file, Buffer.from('secret')), undefined);
});
