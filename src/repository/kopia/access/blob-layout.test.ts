import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Fault } from '../../format/fault.ts';
import {
  assumedShards,
  flatLayout,
  newShards,
  readShards,
  type Shards,
  shardedLayout,
  writeShards,
} from './blob-layout.ts';

const sizes = fc.array(fc.nat(4), { maxLength: 4 });
const text = fc.string({
  unit: fc.constantFrom('p', 'x', 'n', '0', '_', '-', 'ab'),
  minLength: 1,
  maxLength: 30,
});
const anyShards: fc.Arbitrary<Shards> = fc.record(
  {
    sizes,
    unshardedLength: fc.nat(25),
    overrides: fc.array(fc.record({ prefix: text, sizes }, { noNullPrototype: true }), { maxLength: 2 }),
  },
  { noNullPrototype: true },
);

test('blobs lie where kopia has them', () => {
  const pack = 'p4bc0d61e1f0d2b4a8c7e6f5a3b2c1d0e-s0123456789abcdef147';
  const keys = (shards: Shards): string[] =>
    [pack, 'xn0_0123456789abcdef', 'xn0_0123456789abcdef0', 'kopia.repository'].map(
      shardedLayout(shards).keyOf,
    );
  assert.deepEqual(keys(newShards), [
    'p/4bc/0d61e1f0d2b4a8c7e6f5a3b2c1d0e-s0123456789abcdef147.f',
    'xn0_0123456789abcdef.f',
    'x/n0_/0123456789abcdef0.f',
    'kopia.repository.f',
  ]);
  assert.equal(keys(assumedShards)[0], 'p4b/c0d/61e1f0d2b4a8c7e6f5a3b2c1d0e-s0123456789abcdef147.f');
  assert.equal(flatLayout.keyOf(pack), pack);
  assert.equal(String(writeShards(newShards)), '{"default":[1,3],"maxNonShardedLength":20}');
});

test('a key leads back to its blob, and every listing of a beginning finds it once', () => {
  fc.assert(
    fc.property(anyShards, text, fc.nat(30), (shards, id, length) => {
      const layout = shardedLayout(shards);
      const key = layout.keyOf(id);
      assert.equal(layout.idOf(key), id);
      const prefixes = layout.keyPrefixes(id.slice(0, length));
      assert.equal(prefixes.filter(prefix => key.startsWith(prefix)).length, 1);
    }),
  );
});

test('what `.shards` says is read as it was written', () => {
  fc.assert(fc.property(anyShards, shards => assert.deepEqual(readShards(writeShards(shards)), shards)));
  for (const wrong of ['', '[]', '{"default":[-1]}', '{"default":"1"}', '{"default":[1],"overrides":[1]}']) {
    assert.throws(() => readShards(Buffer.from(wrong)), Fault, wrong);
  }
});

test('other files are no blobs', () => {
  const { idOf } = shardedLayout(newShards);
  for (const key of ['.shards', 'kopia.repository', 'p/4bc/0.f.tmp.0123', 'p4bc/0123456789abcdef0123.f']) {
    assert.equal(idOf(key), undefined);
  }
});
