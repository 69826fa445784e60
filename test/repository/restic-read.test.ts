import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { Chunker, chunksOf } from '#repository/chunking/chunker.ts';
import { readBlob, readTreeBlob } from '#repository/restic/access/blobs.ts';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { findSnapshot, listSnapshots } from '#repository/restic/access/snapshots.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { writeTree } from '#repository/restic/format/tree.ts';
import { type Entry, findEntry, readContent, walkSnapshot } from '#repository/restic/reading/browse.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { writeSampleTree } from './sample-tree.ts';

const password = 'パスワード "1"';
const variants = [
  { name: 'version 2', init: [], backup: [] },
  { name: 'version 2, not compressed', init: [], backup: ['--compression', 'off'] },
  { name: 'version 2, at most', init: [], backup: ['--compression', 'max'] },
  { name: 'version 1', init: ['--repository-version', '1'], backup: [] },
];

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-read-'));
  await writeSampleTree(join(directory, 'source'));
});
after(() => rm(directory, { recursive: true }));

for (const [number, variant] of variants.entries()) {
  test(`what restic wrote is read: ${variant.name}`, async () => {
    const place = join(directory, `repository-${number}`);
    await using restic = await stockRestic({ repository: place, password });
    await restic.run(['init', ...variant.init]);
    await restic.run(['backup', '.', '--tag', 'one,two', ...variant.backup], {
      cwd: join(directory, 'source'),
    });
    await readEverything(await open(place), restic);
  });
}

async function open(place: string, withPassword = password): Promise<IndexedRepository> {
  return loadIndex(await openRestic(new FilesystemStore(place), { password: Buffer.from(withPassword) }));
}

async function readEverything(repository: IndexedRepository, restic: Restic): Promise<void> {
  const [snapshot, ...others] = await listSnapshots(repository);
  assert.ok(snapshot !== undefined);
  assert.deepEqual([others, snapshot.document.tags], [[], ['one', 'two']]);
  assert.equal((await findSnapshot(repository, snapshot.id.slice(0, 6))).id, snapshot.id);
  const listed = (await restic.run(['ls', '--json', 'latest'])).trim().split('\n').slice(1);
  const entries = await Array.fromAsync(walkSnapshot(repository, snapshot));
  assert.equal(entries.length, listed.length);
  const theirs = listed.map(line => JSON.parse(line) as { type: string; mtime: string; size?: number });
  assert.deepEqual(
    entries.map(({ node }) => [node.type, node.mtime]),
    theirs.map(({ type, mtime }) => [type, mtime]),
  );
  for (const entry of entries) await compareContent(repository, entry);
  await compareTree(repository, snapshot.document.tree);
  assert.deepEqual(await Array.fromAsync(checkRestic(repository, { readData: true })), []);
}

/** The file of the source has the bytes that the repository has, cut where we would cut it. */
async function compareContent(repository: IndexedRepository, entry: Entry): Promise<void> {
  if (entry.node.type !== 'file') return;
  const source = Buffer.concat([Buffer.from(join(directory, 'source')), entry.path]);
  const content = await readFile(source);
  assert.ok(content.equals(Buffer.concat(await Array.fromAsync(readContent(repository, entry)))));
  for (const [offset, length] of [
    [1, 5],
    [524_287, 3],
    [1_000_000, 3_000_000],
    [content.length, 1],
  ] as const) {
    const part = Buffer.concat(await Array.fromAsync(readContent(repository, entry, { offset, length })));
    assert.ok(content.subarray(offset, offset + length).equals(part), `${offset}, ${length}`);
  }
  const chunks = chunksOf(new Chunker(repository.config.polynomial), createReadStream(source));
  const ids = await Array.fromAsync(chunks, chunk => createHash('sha256').update(chunk).digest('hex'));
  assert.deepEqual(ids, entry.node.content);
}

/** A tree that we write again has the bytes that restic wrote. */
async function compareTree(repository: IndexedRepository, id: string): Promise<void> {
  const nodes = await readTreeBlob(repository, id);
  assert.deepEqual(writeTree(nodes).toString(), (await readBlob(repository, 'tree', id)).toString());
  for (const { type, subtree } of nodes) {
    if (type === 'dir' && subtree !== undefined) await compareTree(repository, subtree);
  }
}

test('any of several passwords opens a repository; others do not', async () => {
  const place = join(directory, 'keys');
  await using restic = await stockRestic({ repository: place, password });
  const second = join(directory, 'second-password');
  await writeFile(second, 'second');
  await restic.run(['init']);
  await restic.run(['key', 'add', '--new-password-file', second]);
  assert.deepEqual((await open(place)).key, (await open(place, 'second')).key);
  await assert.rejects(open(place, 'third'), thrown => isHozonError(thrown, 'repository.wrong-password'));
  await assert.rejects(open(join(directory, 'source')), thrown =>
    isHozonError(thrown, 'repository.not-found'),
  );
});

test('damage is named with the paths that suffer', async () => {
  const place = join(directory, 'damaged');
  await mkdir(join(directory, 'two'));
  await writeFile(join(directory, 'two/first'), 'first');
  await using restic = await stockRestic({ repository: place, password });
  await restic.run(['init']);
  await restic.run(['backup', '.'], { cwd: join(directory, 'two') });
  await writeFile(join(directory, 'two/second'), 'second');
  await restic.run(['backup', '.'], { cwd: join(directory, 'two') });
  const repository = await open(place);
  const latest = await findSnapshot(repository, 'latest');
  const { node } = await findEntry(repository, latest, { path: '/second' });
  const [data] = repository.index.places('data', node.content?.[0] ?? '');
  assert.ok(data !== undefined);
  const pack = join(place, 'data', data.pack.slice(0, 2), data.pack);
  const bytes = await readFile(pack);

  const found = async (damage: Uint8Array | undefined, readData: boolean): Promise<string[]> => {
    await rm(pack);
    if (damage !== undefined) await writeFile(pack, damage);
    const findings = await Array.fromAsync(checkRestic(repository, { readData }));
    return findings.map(each => (each.kind === 'path' ? `${each.snapshot} ${each.path}` : each.file));
  };
  const file = `data/${data.pack.slice(0, 2)}/${data.pack}`;
  const suffers = `${latest.id} /second`;
  assert.deepEqual(await found(bytes, true), []);
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    const expected: string[] = at < data.length ? [file, suffers] : [file];
    assert.deepEqual(await found(flipped, true), expected, `byte ${at}`);
  }
  assert.deepEqual(await found(bytes.subarray(0, -1), false), [file, suffers]);
  assert.deepEqual(await found(bytes.subarray(0, -1), true), [file]);
  assert.deepEqual(await found(undefined, false), [file, suffers]);
  const missing = Array.fromAsync(
    readContent(repository, await findEntry(repository, latest, { path: 'second' })),
  );
  await assert.rejects(missing, thrown => isHozonError(thrown, 'repository.file-missing'));
});

test('a changed snapshot, index or key is refused by name', async () => {
  const place = join(directory, 'changed');
  await using restic = await stockRestic({ repository: place, password });
  await restic.run(['init']);
  await restic.run(['backup', '.'], { cwd: join(directory, 'source/deep') });
  const repository = await open(place);
  const { id } = await findSnapshot(repository, 'latest');
  const damaged = (thrown: unknown): boolean => isHozonError(thrown, 'repository.damaged');
  await rm(join(place, 'snapshots', id));
  await writeFile(join(place, 'snapshots', id), 'x');
  await assert.rejects(listSnapshots(repository), damaged);
  const [finding] = await Array.fromAsync(checkRestic(repository));
  assert.equal(finding?.kind === 'file' && finding.file, `snapshots/${id}`);
  for await (const info of repository.store.list('index/')) {
    const bytes = await readFile(join(place, info.key));
    await rm(join(place, info.key));
    await writeFile(join(place, info.key), bytes);
    await appendFile(join(place, info.key), 'x');
  }
  await assert.rejects(loadIndex(repository), damaged);
});
