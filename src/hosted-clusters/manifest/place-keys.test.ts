import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { keyNameOf } from '../key/fnv.ts';
import type { EncryptionSecret, KeyMatch } from '../key/match.ts';
import { placeByValues, placeKeys } from './place-keys.ts';

const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const names = ['prod-key-2', 'prod-key-1'];
const places = { names, rendered: [] };

const key = (name: string, bytes: Uint8Array): EncryptionSecret => ({ name, bytes });

/** A snapshot that has so many values under each key. */
function match(...values: readonly (readonly [Uint8Array, number])[]): KeyMatch {
  const groups = values.map(([bytes, count]) => {
    const named = { provider: 'aescbc', keyName: keyNameOf(bytes), secret: 'x', example: undefined };
    return { ...named, values: count, decrypted: count };
  });
  return { verdict: 'matched', groups, keys: [], plainSecrets: 0, revision: 1 };
}

test('a key goes where its Secret is named, of a file, a List or the management cluster', () => {
  for (const [backup, active] of [
    ['prod-key-1', 'prod-key-2'],
    ['clusters/prod-key-1', 'clusters/prod-key-2'],
    ['/home/kept/prod-key-1.json', './prod-key-2.key'],
  ]) {
    const found = placeKeys(places, [key(backup ?? '', one), key(active ?? '', two)]);
    assert.deepEqual(found, { placed: [key('prod-key-1', one), key('prod-key-2', two)], left: [] });
  }
});

test('one single key is the active one, unless its name or the manifest says otherwise', () => {
  assert.deepEqual(placeKeys(places, [key('a.key', one)]).placed, [key('prod-key-2', one)]);
  assert.deepEqual(placeKeys(places, [key('prod-key-1', one)]).placed, [key('prod-key-1', one)]);
  const rendered = [key('prod-key-2', two), key('prod-key-1', one)];
  assert.deepEqual(placeKeys({ names, rendered }, [key('a.key', one)]).placed, [key('prod-key-1', one)]);
  assert.deepEqual(placeKeys({ names: [], rendered: [] }, [key('a.key', one)]).placed, []);
});

test('the same key given twice is one; two keys that are said to be the same Secret are not', () => {
  const twice = placeKeys(places, [key('prod-key-2', one), key('a.key', one), key('prod-key-2', one)]);
  assert.deepEqual(twice, { placed: [key('prod-key-2', one)], left: [] });
  const two2 = placeKeys(places, [key('prod-key-2', one), key('x/prod-key-2', two)]);
  assert.deepEqual(two2.left, [key('x/prod-key-2', two)]);
});

test('of keys without a name only the one that opens values has a place; where several do, nothing is guessed', () => {
  const given = [key('a', one), key('b', two), key('c', three)];
  const found = placeKeys(places, given);
  assert.deepEqual(found, { placed: [], left: given });
  assert.deepEqual(placeByValues(places, found, match([two, 9])), [key('prod-key-2', two)]);
  assert.deepEqual(placeByValues(places, found, match([randomBytes(32), 9])), []);
  const codeOf = (result: ReturnType<typeof placeByValues>): string => ('code' in result ? result.code : '');
  assert.equal(codeOf(placeByValues(places, found, match([one, 99], [two, 1]))), 'key-ambiguous');
  const alone = { names: ['prod-key-2'], rendered: [] };
  assert.equal(codeOf(placeByValues(alone, found, match([one, 99], [two, 1]))), 'key-no-place');
});

test('beside a key with a name, one without takes the place that is free, however few values are under either', () => {
  const found = placeKeys(places, [key('a', one), key('prod-key-2', two)]);
  const placed = placeByValues(places, found, match([one, 99], [two, 1]));
  assert.deepEqual(placed, [key('prod-key-2', two), key('prod-key-1', one)]);
});
