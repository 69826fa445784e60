import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type Call, type Fault, faulty } from '#storage/testing/faulty.ts';
import { openKopiaWriter } from '../writing/plain-writer.ts';
import { type IndexedKopia, loadContents } from './indexed.ts';
import { initKopia } from './init.ts';
import { type GoneContent, movedContents } from './moved-contents.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-moved-contents-'));
});
after(() => rm(directory, { recursive: true }));

const plains = Array.from({ length: 6 }, (_, at) => Buffer.from(`content ${at}`));

interface Watched {
  /** The same repository through a store that is watched. */
  readonly repository: IndexedKopia;
  readonly gone: readonly GoneContent[];
  /** Calls that were made since it was asked last. */
  readonly calls: (operation: Call['operation']) => readonly string[];
  fault: Fault | undefined;
  /** Has another writer put a content into another pack. */
  readonly move: (at: number) => Promise<void>;
}

/** A repository of which some contents lie in one pack. */
async function watched(name: string): Promise<Watched> {
  const store = new FilesystemStore(join(directory, name));
  const opened = await initKopia(store, { password: Buffer.from('secret'), owner: 'me@here' });
  await using writer = openKopiaWriter(await loadContents(opened), {});
  const ids: string[] = [];
  for (const plain of plains) ids.push(await writer.content('', plain));
  await writer.flush();
  const loaded = await loadContents(opened);
  let calls: Call[] = [];
  const seen: Watched = {
    repository: throughStore(loaded, call => {
      calls.push(call);
      return seen.fault;
    }),
    gone: ids.map(id => ({ id, pack: loaded.index.find(id)?.pack ?? '' })),
    calls: operation => {
      const keys = calls.filter(call => call.operation === operation).map(({ key }) => key);
      calls = calls.filter(call => call.operation !== operation);
      return keys;
    },
    fault: undefined,
    move: async at => {
      await using other = openKopiaWriter(await loadContents(opened), {});
      await other.remove(ids[at] ?? '');
      await other.content('', plains[at] ?? Buffer.alloc(0));
      await other.flush();
    },
  };
  return seen;
}

function throughStore(loaded: IndexedKopia, plan: (call: Call) => Fault | undefined): IndexedKopia {
  const store: ObjectStore = faulty(loaded.store, plan);
  return { ...loaded, store, blobs: loaded.blobs.through(store) };
}

test('indexes are looked at once for all who ask at the same time, and read only where they are new', async () => {
  const { repository, gone, calls, move } = await watched('shared');
  await move(1);
  const [first, second] = await Promise.all([
    movedContents(repository, gone.slice(0, 3), {}),
    movedContents(repository, gone.slice(1), {}),
  ]);
  const listedOnce = calls('list').length;
  assert.ok(calls('get').length > 0);
  assert.deepEqual([first[0], first[2], second[1]], [undefined, undefined, undefined]);
  assert.ok(first[1] !== undefined && first[1].pack !== gone[1]?.pack);
  assert.deepEqual(second[0], first[1]);
  await movedContents(repository, gone, {});
  assert.deepEqual(calls('list'), []);
  const elsewhere = { id: gone[1]?.id ?? '', pack: first[1].pack };
  assert.deepEqual(await movedContents(repository, [elsewhere], {}), [undefined]);
  assert.equal(calls('list').length, listedOnce);
  assert.deepEqual(calls('get'), []);
});

test('a store that fails once is asked again', async () => {
  const seen = await watched('failing');
  const { repository, gone, move } = seen;
  await move(0);
  seen.fault = { kind: 'before' };
  const asks = [0, 3].map(from => movedContents(repository, gone.slice(from), {}));
  for (const result of await Promise.allSettled(asks)) {
    assert.ok(result.status === 'rejected' && isHozonError(result.reason, 'storage.unavailable'));
  }
  seen.fault = undefined;
  const [found] = await movedContents(repository, gone, {});
  assert.ok(found !== undefined && found.pack !== gone[0]?.pack);
});
