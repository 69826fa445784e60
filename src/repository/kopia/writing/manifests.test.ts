import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { readContent } from '../access/contents.ts';
import { type IndexedKopia, loadContents } from '../access/indexed.ts';
import { initKopia } from '../access/init.ts';
import { type ManifestEntry, readManifestContent } from '../format/manifest-content.ts';
import { ManifestChanges } from './manifests.ts';
import { openKopiaWriter } from './plain-writer.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-manifests-'));
});
after(() => rm(directory, { recursive: true }));

async function write(repository: IndexedKopia, changes: ManifestChanges): Promise<void> {
  await using writer = openKopiaWriter(repository, {});
  await changes.write(writer, { repository, read: id => readContent(repository, id) });
  await writer.flush();
}

/** The live contents of manifests, and what they hold, deletions included. */
async function held(repository: IndexedKopia): Promise<{ contents: number; entries: ManifestEntry[] }> {
  const ids = [...repository.index.entries('m')].filter(({ deleted }) => !deleted).map(({ id }) => id);
  const plains = await Promise.all(ids.map(id => readContent(repository, id)));
  return { contents: ids.length, entries: plains.flatMap(plain => [...readManifestContent(plain)]) };
}

test('changes are one content each, until there are sixteen: then all become one', async () => {
  const store = new FilesystemStore(directory);
  const open = await initKopia(store, { password: Buffer.from('secret'), owner: 'me@here' });
  const first = await held(await loadContents(open));
  const ids: string[] = [];
  for (let count = first.contents; count < 16; count++) {
    const changes = new ManifestChanges();
    ids.push(changes.put({ type: 'test', number: String(count) }, { count }));
    await write(await loadContents(open), changes);
    assert.equal((await held(await loadContents(open))).contents, count + 1);
  }
  const before = await held(await loadContents(open));
  const gone = before.entries.find(({ id }) => id === ids[0]);
  assert.ok(gone !== undefined);
  const changes = new ManifestChanges();
  const added = changes.replace([gone], gone.labels, { count: 'another' });
  await write(await loadContents(open), changes);
  const { contents, entries } = await held(await loadContents(open));
  assert.equal(contents, 1);
  const expected = [...before.entries.map(({ id }) => id).filter(id => id !== gone.id), added];
  assert.deepEqual(entries.map(({ id }) => id).sort(), expected.sort());
  assert.deepEqual(entries.find(({ id }) => id === added)?.data, { count: 'another' });
  assert.ok(entries.every(({ deleted }) => !deleted));
});

test('a deletion is later than what it deletes, whatever the clock says', async () => {
  const inner = new FilesystemStore(join(directory, 'late'));
  const open = await initKopia(inner, { password: Buffer.from('secret'), owner: 'me@here' });
  const clock = { now: () => new Date(0), monotonic: () => 0, sleep: async () => {} };
  const [manifest] = (await held(await loadContents(open))).entries;
  assert.ok(manifest !== undefined);
  const changes = new ManifestChanges({ clock });
  changes.remove(manifest);
  await write(await loadContents(open), changes);
  const { entries } = await held(await loadContents(open));
  const deletion = entries.find(({ id, deleted }) => id === manifest.id && deleted);
  assert.equal(deletion?.modified, manifest.modified + 1n);
});
