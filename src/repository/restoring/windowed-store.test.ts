import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { windowed } from './windowed-store.ts';

test('every range is what the store has there, and one beyond the end is refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-windowed-'));
  const inner = new FilesystemStore(directory);
  const bytes = randomBytes(2_600_000);
  await inner.put('pack', bytes);
  const store = windowed(inner);
  const read = async (offset: number, length: number): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(await store.getRange('pack', { offset, length })));
  const range = fc.record({ offset: fc.nat(bytes.length), length: fc.nat(1_200_000) });
  const isRight = (found: Buffer, offset: number): boolean =>
    found.equals(bytes.subarray(offset, offset + found.length));
  await fc.assert(
    fc.asyncProperty(range, async ({ offset, length }) => {
      if (offset + length > bytes.length) await assert.rejects(read(offset, length));
      else assert.ok(isRight(await read(offset, length), offset));
      const held = store.held('pack', { offset, length });
      assert.ok(held === undefined || (held.length === length && isRight(held, offset)));
    }),
  );
  await read(5, 10);
  assert.equal(store.held('pack', { offset: 1000, length: 10 })?.length, 10);
  assert.equal(store.held('pack', { offset: bytes.length - 5, length: 10 }), undefined);
  assert.equal(store.held('other', { offset: 1000, length: 10 }), undefined);
  await assert.rejects(store.getRange('absent', { offset: 0, length: 1 }));
  await rm(directory, { recursive: true });
});
