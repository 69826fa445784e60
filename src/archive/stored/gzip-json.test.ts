import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { Type } from 'typebox';
import { isHozonError } from '#foundation/errors.ts';
import { faulty } from '#storage/testing/faulty.ts';
import { inStore } from '../testing/runs.ts';
import { gzipJson, readGzipJson } from './gzip-json.ts';

const key = 'backups/x/x.json.gz';

test('what is written is read', async () => {
  await inStore(async store => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async value => {
        const given: unknown = JSON.parse(JSON.stringify(value));
        await store.put(key, await gzipJson(given));
        assert.deepEqual(await readGzipJson(store, key, Type.Unknown()), given);
      }),
      { numRuns: 30 },
    );
  });
});

test('a bomb is not unpacked beyond the limit', async () => {
  await inStore(async store => {
    const bomb = gzipSync(`"${'x'.repeat(200_000_000)}"`);
    assert.ok(bomb.length < 250_000);
    await store.put(key, bomb);
    const before = process.memoryUsage().arrayBuffers;
    const read = readGzipJson(store, key, Type.String(), { limit: 1_000_000 });
    await assert.rejects(read, { code: 'archive.file-too-large' });
    assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
  });
});

test('a store that fails is not taken for a damaged file', async () => {
  await inStore(async store => {
    await store.put(key, await gzipJson(['x'.repeat(1000)]));
    const cut = faulty(store, () => ({ kind: 'truncate', after: 12 }));
    await assert.rejects(readGzipJson(cut, key, Type.Unknown()), { code: 'storage.truncated' });
    assert.equal(await readGzipJson(store, 'absent', Type.Unknown()), undefined);
  });
});

test('what a damaged file holds is not told', async () => {
  await inStore(async store => {
    await store.put(key, gzipSync('secret-value'));
    await assert.rejects(readGzipJson(store, key, Type.Unknown()), thrown => {
      assert.ok(isHozonError(thrown, 'archive.corrupt-file'));
      assert.doesNotMatch(thrown.message, /secret/);
      return true;
    });
  });
});
