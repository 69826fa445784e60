import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreTexts } from './messages.ts';
import { tallyByNamespace, tallyByType, total } from './tally.ts';

const list = {
  'v1/Pod': ['shop/a(created)', 'shop/b(failed)', 'blog/a(created)'],
  'apps/v1/Deployment': ['shop/web(skipped)'],
  'v1/PersistentVolume': ['pv1(updated)'],
  'v1/Secret': [],
  'v1/Service': ['shop/odd(translated)', 'shop/bare'],
};

test('objects are counted by namespace and type', () => {
  assert.deepEqual(tallyByNamespace(list), [
    { namespace: '', types: [{ type: 'v1/PersistentVolume', counts: { updated: 1 } }] },
    { namespace: 'blog', types: [{ type: 'v1/Pod', counts: { created: 1 } }] },
    {
      namespace: 'shop',
      types: [
        { type: 'apps/v1/Deployment', counts: { skipped: 1 } },
        { type: 'v1/Pod', counts: { created: 1, failed: 1 } },
        { type: 'v1/Service', counts: { other: 2 } },
      ],
    },
  ]);
});

test('and by type alone, and in all', () => {
  const types = tallyByType(list);
  assert.deepEqual(
    types.map(each => each.type),
    ['apps/v1/Deployment', 'v1/PersistentVolume', 'v1/Pod', 'v1/Service'],
  );
  assert.deepEqual(total(types), { created: 2, updated: 1, skipped: 1, failed: 1, other: 2 });
  const text = restoreTexts.counts({ created: 2, skipped: 0, failed: 1 });
  assert.equal(text.en(), '2 created, 1 failed');
  assert.equal(text.ja(), '作成 2 件、失敗 1 件');
});
