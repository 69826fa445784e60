import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stockKopia } from '#testbed/kopia.ts';
import { soakFactor } from '#testbed/soak.ts';
import { hozonOn } from './hozon.ts';
import { kopiaPassword } from './kopia-programs.ts';

const mebibyte = 1024 * 1024;
/** kopia cuts files at multiples of it, before it looks for contents. */
const section = 2048 * mebibyte;
const size = section + 200 * mebibyte + 12_345;

/** Zeros, but for random bytes here and there, and all around the end of the first section. */
async function writeLarge(path: string): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(size);
  for (let at = 0; at < size; at += 64 * mebibyte) await file.write(randomBytes(3_000_000), 0, 3_000_000, at);
  for (let at = section - 24 * mebibyte; at < section + 24 * mebibyte; at += mebibyte) {
    await file.write(randomBytes(mebibyte), 0, mebibyte, at);
  }
  await file.close();
}

interface Listed {
  readonly rootEntry: { readonly obj: string };
}

test('a file of more than 2 GiB is cut as kopia cuts it: what one program stored, the other need not store again', {
  skip: soakFactor() === 1 && 'it takes minutes; only where HOZON_SOAK says so',
}, async t => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-sections-'));
  t.after(() => rm(directory, { recursive: true }));
  const [place, source] = [join(directory, 'repository'), join(directory, 'source')];
  await mkdir(place, { mode: 0o700 });
  await mkdir(source);
  await writeLarge(join(source, 'large'));
  await using kopia = await stockKopia({ storage: { path: place }, password: kopiaPassword });
  await kopia.create();
  await kopia.run(['snapshot', 'create', source]);
  const contents = async (): Promise<readonly unknown[]> =>
    (await kopia.json(['content', 'list', '--non-prefixed'])) as readonly unknown[];
  const stored = await contents();
  await hozonOn(place, kopiaPassword).run(['snapshot', source, '--force']);
  assert.deepEqual(await contents(), stored);
  const all = (await kopia.json(['snapshot', 'list', source, '--all'])) as readonly Listed[];
  assert.equal(all.length, 2);
  assert.equal(all[1]?.rootEntry.obj, all[0]?.rootEntry.obj);
  t.diagnostic(`${stored.length} contents of ${size} bytes`);
});
