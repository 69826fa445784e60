import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordScan } from '../snapshot/record-scan.ts';
import { isKeyIn } from './snapshot-reader.ts';

/** A record with this key, with bytes of others before and behind it. */
function recordOf(key: string): RecordScan {
  const bytes = Buffer.concat([
    Buffer.from('/shop/'),
    Buffer.from([0x0a, key.length]),
    Buffer.from(`${key}/shop/x`),
  ]);
  const record = new RecordScan();
  assert.ok(record.read(bytes, 6, 8 + key.length));
  return record;
}

test('the keys of a namespace are those that have it last but one', () => {
  const isIn = isKeyIn('shop');
  const own = ['/registry/configmaps/shop/web', '/registry/example.com/things/shop/a', '/shop/'];
  const others = [
    '/registry/configmaps/workshop/web',
    '/registry/configmaps/shop-2/web',
    '/registry/shop/web/x',
    '/registry/namespaces/shop',
    'shop',
    'shop/web',
    '/',
  ];
  assert.deepEqual(
    own.filter(key => !isIn(recordOf(key))),
    [],
  );
  assert.deepEqual(
    others.filter(key => isIn(recordOf(key))),
    [],
  );
});
