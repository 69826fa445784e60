import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { saveDocument } from '#repository/restic/access/save.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { writeIndex } from '#repository/restic/format/index-file.ts';
import { repairIndex } from '#repository/restic/upkeep/repair-index.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { faulty, type Operation } from '#storage/testing/faulty.ts';
import { stockRestic } from '#testbed/restic.ts';
import { makeHistory, namesIn, opened, password } from './tidied-history.ts';

let directory: string;
let original: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-check-'));
  original = join(directory, 'original');
  await using restic = await stockRestic({ repository: original, password });
  await makeHistory(restic, join(directory, 'source'));
});
after(() => rm(directory, { recursive: true }));

async function copyOf(name: string): Promise<string> {
  const place = join(directory, name);
  await cp(original, place, { recursive: true });
  return place;
}

async function found(place: string): Promise<string[]> {
  const findings = await Array.fromAsync(checkRestic(await opened(place)));
  return findings.map(each => `${each.kind} ${each.kind === 'path' ? each.path : each.file}`).sort();
}

test('what is none of its files is named, and so is a lock that cannot be read', async () => {
  const place = await copyOf('leftovers');
  const store = new FilesystemStore(place);
  const lock = 'a'.repeat(64);
  await store.put(`locks/${lock}`, Buffer.from('this is no lock'));
  await store.put(`locks/${'b'.repeat(64)}`, Buffer.alloc(0));
  for (const key of ['snapshots/x-tmp-1', 'data/00/x-tmp-2', 'index/notes.txt'])
    await store.put(key, Buffer.of(1));
  assert.deepEqual(await found(place), [
    `file locks/${lock}`,
    'unused data/00/x-tmp-2',
    'unused index/notes.txt',
    'unused snapshots/x-tmp-1',
  ]);
});

test('packs that several indexes describe are a hint; if they differ, damage; repairing the index mends both', async () => {
  const place = await copyOf('described');
  const repository = await opened(place);
  const [entries = new Uint32Array()] = repository.index.entriesByPack();
  const [pack = ''] = repository.index.packs;
  const blobs = Array.from(entries, entry => repository.index.place(entry));
  const file = `data/${pack.slice(0, 2)}/${pack}`;
  await saveDocument(repository, 'index', writeIndex([{ id: pack, blobs }]));
  assert.deepEqual(await found(place), [`untidy ${file}`]);
  await repairIndex(repository);
  assert.deepEqual(await found(place), []);
  const [first] = blobs;
  assert.ok(first !== undefined);
  const other = { ...first, offset: first.offset + 1 };
  await saveDocument(repository, 'index', writeIndex([{ id: pack, blobs: [other] }]));
  assert.ok((await found(place)).includes(`file ${file}`));
  await repairIndex(repository);
  assert.deepEqual(await found(place), []);
});

test('threads find what one finds', async () => {
  const place = await copyOf('threads');
  for (const [at, name] of (await namesIn(place, 'data')).entries()) {
    const path = join(place, 'data', name.slice(0, 2), name);
    const bytes = await readFile(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await rm(path);
    await writeFile(path, at % 2 === 0 ? bytes : bytes.subarray(0, middle));
  }
  const finds = async (threads: number): Promise<unknown[]> => {
    const findings = await Array.fromAsync(checkRestic(await opened(place), { readData: true, threads }));
    return findings.map(({ text, ...each }) => ({ ...each, text: text.en() }));
  };
  const here = await finds(0);
  assert.ok(here.length > 2);
  assert.deepEqual(await finds(2), here);
});

test('a part of the packs is read, and nothing is written', async () => {
  const calls = new Map<Operation, string[]>();
  const store = faulty(new FilesystemStore(original), ({ operation, key }) => {
    calls.set(operation, [...(calls.get(operation) ?? []), key]);
    return undefined;
  });
  const repository = await opened(store);
  const wanted = repository.index.packs.filter(id => Number.parseInt(id.slice(0, 2), 16) % 3 === 1);
  const readData = { kind: 'part', part: 2, of: 3 } as const;
  assert.deepEqual(await Array.fromAsync(checkRestic(repository, { readData })), []);
  const read = (calls.get('get') ?? []).filter(key => key.startsWith('data/'));
  assert.deepEqual(read.map(key => key.slice('data/00/'.length)).sort(), wanted.toSorted());
  assert.deepEqual([calls.get('put'), calls.get('delete')], [undefined, undefined]);
});

test('a store that cannot be reached is no damage', async () => {
  const reached = await opened(original);
  const store = faulty(reached.store, ({ operation, key }) =>
    operation === 'get' && key.startsWith('data/') ? { kind: 'before' } : undefined,
  );
  for (const threads of [0, 1]) {
    const checking = Array.fromAsync(checkRestic({ ...reached, store }, { readData: true, threads }));
    await assert.rejects(checking, /injected fault/);
  }
});
