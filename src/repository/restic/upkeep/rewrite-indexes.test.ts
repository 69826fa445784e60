import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { randomPolynomial } from '../../chunking/polynomial.ts';
import type { OpenRepository } from '../access/open.ts';
import { saveDocument } from '../access/save.ts';
import { idOf } from '../format/ids.ts';
import { type IndexedPack, writeIndex } from '../format/index-file.ts';
import { indexIds, readStoredIndex, rewriteIndexes } from './rewrite-indexes.ts';
import { blobsPerIndex } from './sealed-writer.ts';

let directory: string;
let repository: OpenRepository;
let count = 0;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-indexes-'));
});
beforeEach(() => {
  const store = new FilesystemStore(join(directory, String(count++)));
  const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  repository = {
    store,
    key,
    config: { version: 2, id: idOf(key.encrypt), polynomial: randomPolynomial() },
    keyId: idOf(key.macK),
  };
});
after(() => rm(directory, { recursive: true }));

function pack(name: string, blobs = 1): IndexedPack {
  const place = { type: 'data', length: 40, uncompressed: 0 } as const;
  const list = Array.from({ length: blobs }, (_, at) => ({
    id: idOf(Buffer.from(`${name} ${at}`)),
    offset: 40 * at,
    ...place,
  }));
  return { id: idOf(Buffer.from(name)), blobs: list };
}

async function save(...packs: readonly IndexedPack[]): Promise<string> {
  return saveDocument(repository, 'index', writeIndex(packs));
}

/** Everything that the indexes name, one list for each. */
async function stored(): Promise<string[][]> {
  const ids = await indexIds(repository, {});
  const indexes = await Promise.all(ids.map(async id => readStoredIndex(repository, id, {})));
  return indexes.map(({ packs }) => packs.map(({ id }) => id));
}

test('what is dropped is named no more; the rest is put together, each pack once', async () => {
  const [a, b, c] = [pack('a'), pack('b'), pack('c')];
  await save(a, b);
  await save(c, a);
  assert.deepEqual(await rewriteIndexes(repository, { drop: new Set([b.id]) }), {
    written: 1,
    removed: 2,
    undeleted: [],
  });
  const [packs, ...others] = await stored();
  assert.deepEqual([packs?.toSorted(), others], [[a.id, c.id].toSorted(), []]);
});

test('a pack that two indexes describe differently keeps both descriptions', async () => {
  const whole = pack('split', 4);
  const halves = [whole.blobs.slice(0, 2), whole.blobs.slice(2)].map(blobs => ({ id: whole.id, blobs }));
  for (const half of halves) await save(half);
  await rewriteIndexes(repository, { drop: new Set() });
  assert.deepEqual((await stored()).flat(), [whole.id, whole.id]);
});

test('a full index stays unless something is dropped from it, and a long one is divided', async () => {
  const full = await save(pack('full', blobsPerIndex - 1), pack('more'));
  await save(pack('small'));
  await rewriteIndexes(repository, { drop: new Set() });
  assert.ok((await indexIds(repository, {})).includes(full));
  await rewriteIndexes(repository, { drop: new Set([pack('more').id]) });
  assert.ok(!(await indexIds(repository, {})).includes(full));
  assert.deepEqual((await stored()).flat().length, 2);
});

test('without packs there is no index', async () => {
  await save(pack('a'));
  assert.deepEqual(await rewriteIndexes(repository, { drop: new Set([pack('a').id]) }), {
    written: 0,
    removed: 1,
    undeleted: [],
  });
  assert.deepEqual(await stored(), []);
});

test('a damaged index stops it before anything is removed', async () => {
  const id = await save(pack('a'));
  await saveDocument(repository, 'index', Buffer.from('{"packs":[{"id":1}]}'));
  const damaged = (thrown: unknown): boolean => isHozonError(thrown, 'repository.damaged');
  await assert.rejects(rewriteIndexes(repository, { drop: new Set([pack('a').id]) }), damaged);
  assert.ok((await indexIds(repository, {})).includes(id));
});
