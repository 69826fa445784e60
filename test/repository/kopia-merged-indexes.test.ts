import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { epochMarker, rangePrefix, singlePrefix } from '#repository/kopia/format/epoch-names.ts';
import { compactIndexes } from '#repository/kopia/upkeep/index-compaction.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { stockKopia } from '#testbed/kopia.ts';

const password = 'merged indexes';

/** What each content is, but for what says where it is said. */
type Contents = ReadonlyMap<string, unknown>;

test('sets of many small parts that were merged here are read by kopia, which merges them further', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-merged-'));
  const place = join(directory, 'repository');
  const source = join(directory, 'source');
  await using kopia = await stockKopia({ storage: { path: place }, password });
  const contentsOfKopia = async (): Promise<Contents> => {
    const listed = (await kopia.json(['content', 'list', '--deleted'])) as { readonly contentID: string }[];
    return new Map(listed.map(each => [each.contentID, each]));
  };
  const opened = () => openKopia(new FilesystemStore(place), { password: Buffer.from(password) });
  const ownContents = async (): Promise<Contents> =>
    new Map(Array.from((await loadContents(await opened())).index.entries(), each => [each.id, each]));
  try {
    await kopia.create();
    for (let round = 0; round < 4; round++) {
      await mkdir(join(source, String(round)), { recursive: true });
      const names = Array.from({ length: 30 }, (_, number) => join(source, String(round), String(number)));
      for (const name of names) await writeFile(name, `the content of ${name}`);
      await kopia.run(['snapshot', 'create', source]);
    }
    const [theirs, ours] = [await contentsOfKopia(), await ownContents()];
    assert.ok(theirs.size > 120, `${theirs.size} contents`);
    const repository = await loadContents(await opened());
    const { blobs, epoch } = repository;
    for (const next of [1, 2, 3]) {
      const { id, bytes } = epochMarker(next);
      await blobs.put(id, bytes);
    }
    const from = epoch.uncompacted.get(0) ?? [];
    assert.ok(from.length >= 4, `${from.length} indexes`);
    const shards = await compactIndexes(repository, from, { prefix: singlePrefix(0), shardSize: 20 });
    assert.equal(shards.length, Math.ceil(theirs.size / 20));
    for (const { id } of from) await blobs.delete(id);
    await kopia.run(['cache', 'clear']);
    assert.deepEqual(await contentsOfKopia(), theirs);
    assert.deepEqual(await ownContents(), ours);
    await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
    const single = [...(await loadContents(await opened())).epoch.compactions.values()].flat();
    assert.equal(single.length, shards.length);
    await compactIndexes(repository, single, { prefix: rangePrefix(0, 1), shardSize: 50 });
    for (const { id } of single) await blobs.delete(id);
    await kopia.run(['cache', 'clear']);
    assert.deepEqual(await contentsOfKopia(), theirs);
    assert.deepEqual(await ownContents(), ours);
    await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
    await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  } finally {
    await rm(directory, { recursive: true });
  }
});
