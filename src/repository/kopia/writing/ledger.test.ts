import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type Fault, faulty } from '#storage/testing/faulty.ts';
import { readContent } from '../access/contents.ts';
import { type IndexedKopia, loadContents } from '../access/indexed.ts';
import { initKopia } from '../access/init.ts';
import { openKopia } from '../access/open.ts';
import { openKopiaPipeline } from '../pipeline/pipeline-writer.ts';
import type { KopiaWriter } from './kopia-writer.ts';

const password = Buffer.from('secret');

/** Writes to a new repository of which indexes are put as the faults say, one after the other; what it holds then. */
async function written(
  faults: readonly Fault[],
  write: (writer: KopiaWriter, tried: () => number) => Promise<void>,
): Promise<IndexedKopia> {
  const root = await mkdtemp(join(tmpdir(), 'hozon-kopia-ledger-'));
  try {
    const store = new FilesystemStore(root);
    await initKopia(store, { password, owner: 'me@here' });
    let tried = 0;
    const failing: ObjectStore = faulty(store, ({ operation, key }) =>
      operation === 'put' && key.startsWith('x') ? faults[tried++] : undefined,
    );
    const repository = await loadContents(await openKopia(failing, { password }));
    await using writer = await openKopiaPipeline(repository);
    await write(writer, () => tried);
    const found = await loadContents(await openKopia(store, { password }));
    for (const { id, deleted } of found.index.entries('k')) if (!deleted) await readContent(found, id);
    return found;
  } finally {
    await rm(root, { recursive: true });
  }
}

test('what an index that could not be put named is named by the next one', async () => {
  const ids: string[] = [];
  const found = await written([{ kind: 'before' }, { kind: 'after' }], async writer => {
    ids.push(await writer.content('k', Buffer.from('first')));
    await assert.rejects(writer.flush(), /injected fault/);
    ids.push(await writer.content('k', Buffer.from('second')));
    await assert.rejects(writer.flush(), /the answer was lost/);
    await writer.flush();
  });
  assert.deepEqual(
    ids.map(id => found.index.hasLive(id)),
    [true, true],
  );
});

const over = new Error('it is over');

/** Writes so that something is done while the index of a content is being put, which then fails. */
async function writtenMeanwhile(
  meanwhile: (writer: KopiaWriter, id: string) => Promise<() => Promise<void>>,
): Promise<{ found: IndexedKopia; id: string }> {
  const stalled = Promise.withResolvers<void>();
  let id = '';
  const found = await written([{ kind: 'stall', until: stalled.promise }], async (writer, tried) => {
    id = await writer.content('k', Buffer.from('first'));
    const failing = assert.rejects(writer.flush({ goOn: true }), over);
    while (tried() === 0) await setImmediate();
    const end = await meanwhile(writer, id);
    stalled.reject(over);
    await failing;
    await end();
  });
  return { found, id };
}

test('what became of a content while its index could not be put is what the next one says', async () => {
  const { found, id } = await writtenMeanwhile(async (writer, id) => {
    await writer.remove(id);
    return () => writer.flush();
  });
  assert.deepEqual([found.index.hasLive(id), found.index.find(id)?.deleted], [false, true]);
});

test('a flush that is begun while another one fails names what that one had', async () => {
  const { found, id } = await writtenMeanwhile(async writer => {
    const second = writer.flush();
    for (let turns = 0; turns < 100; turns++) await setImmediate();
    return () => second;
  });
  assert.equal(found.index.hasLive(id), true);
});
