import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { loadContents } from '../access/indexed.ts';
import { initKopia } from '../access/init.ts';
import { readObject } from '../access/objects.ts';
import { openKopiaPipeline } from '../pipeline/pipeline-writer.ts';
import { openKopiaWriter } from '../writing/plain-writer.ts';
import { lazyWriter } from './lazy-writer.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-lazy-writer-'));
});
after(() => rm(directory, { recursive: true }));

test('what comes while a writer is held waits, also where nothing had come before', async () => {
  const store = new FilesystemStore(join(directory, 'repository'));
  const options = { password: Buffer.from('secret'), owner: 'me@here' };
  const repository = await loadContents(await initKopia(store, options));
  const plain = randomBytes(17 * 1024 * 1024);
  const path = join(directory, 'large');
  await writeFile(path, plain);
  await using writer = lazyWriter(repository, {
    large: () => openKopiaPipeline(repository, { workers: 2 }),
    small: () => openKopiaWriter(repository, {}),
  });
  const goOn = await writer.hold();
  let isStored = false;
  const storing = writer.files([{ path: Buffer.from(path), size: plain.length }]).then(answers => {
    isStored = true;
    return answers;
  });
  const part = await writer.object([Buffer.from('a directory so far')], { prefix: 'k' });
  await writer.flush({ goOn: true });
  assert.equal(isStored, false);
  goOn();
  const [answer] = await storing;
  await writer.flush();
  assert.ok(answer !== undefined && 'id' in answer);
  const reopened = await loadContents(repository);
  assert.ok(reopened.index.hasLive(part.id));
  assert.ok(Buffer.concat(await Array.fromAsync(readObject(reopened, answer.id))).equals(plain));
});
