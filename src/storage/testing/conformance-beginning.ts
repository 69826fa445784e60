import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import type { BegunWrite, ObjectStore } from '../object-store.ts';
import type { ConformanceTest } from './conformance.ts';
import { all, bytesOf, failure, keysOf, read, textAt } from './contents.ts';

/** A test of writes that the caller fills; of a store that has none there is nothing to test. */
function ofBegun(
  run: (store: ObjectStore, begin: (key: string) => Promise<BegunWrite>) => Promise<void>,
): ConformanceTest {
  return async ({ store }) => {
    const begin = async (key: string): Promise<BegunWrite | undefined> => store.begin?.(key);
    const first = await begin('first');
    await first?.abandon();
    if (first === undefined) return;
    await run(
      store,
      async key => (await begin(key)) ?? assert.fail('a store that begins one write begins all'),
    );
  };
}

/** Of writes whose bytes the caller writes: any order, atomicity, sizes, what is left behind. */
export const beginningTests: Readonly<Record<string, ConformanceTest>> = {
  'a begun write is an object once it is finished, under another key too': ofBegun(async (store, begin) => {
    const bytes = bytesOf('begun', 700_001);
    await store.put('packs/b', Buffer.from('as it was'));
    for (const key of ['packs/a', 'packs/b', 'other/c']) {
      const begun = await begin('packs/a');
      writeSync(begun.descriptor, bytes, 300_000, 400_001, 300_000);
      writeSync(begun.descriptor, bytes, 0, 300_000, 0);
      assert.notDeepEqual(await textAt(store, key), bytes.toString(), 'not before');
      const info = await begun.finish(key, { size: bytes.length });
      assert.deepEqual([info.key, info.size], [key, bytes.length]);
      assert.deepEqual(await read(store, key), bytes);
      await begun.abandon();
    }
    assert.deepEqual(await keysOf(store), ['other/c', 'packs/a', 'packs/b']);
    assert.deepEqual(await all(store.unfinished('')), []);
  }),

  'a begun write that is abandoned, or has another size than announced, leaves nothing': ofBegun(
    async (store, begin) => {
      const begun = await begin('a');
      writeSync(begun.descriptor, Buffer.from('some'));
      await begun.abandon();
      await begun.abandon();
      for (const size of [3, 5]) {
        const other = await begin('a');
        writeSync(other.descriptor, Buffer.from('some'));
        await assert.rejects(other.finish('a', { size }), failure('wrong-size'));
      }
      assert.deepEqual(await keysOf(store), []);
      assert.deepEqual(await all(store.unfinished('')), []);
    },
  ),

  'an abort before a begun write is finished rejects with its reason and stores nothing': ofBegun(
    async (store, begin) => {
      const begun = await begin('a');
      const reason = new Error('enough');
      const finishing = begun.finish('a', { size: 0, signal: AbortSignal.abort(reason) });
      await assert.rejects(finishing, thrown => thrown === reason);
      assert.deepEqual(await keysOf(store), []);
    },
  ),

  'a begun write of a key that no store has is refused, and what the system refuses is named': ofBegun(
    async (_store, begin) => {
      await assert.rejects(begin('a//b'), failure('invalid-key'));
      const begun = await begin('a');
      await assert.rejects(begun.finish('a//b'), failure('invalid-key'));
      const other = await begin('b');
      const full = Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC', syscall: 'write' });
      assert.equal((other.failure(full) as { code?: string }).code, 'storage.no-space');
      assert.equal(other.failure(reason), reason);
      await other.abandon();
    },
  ),
};

const reason = new Error('not the system');
