import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { makeHistory, namesIn, password } from './tidied-history.ts';

let directory: string;
let place: string;
let restic: Restic;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-upkeep-cli-'));
  place = join(directory, 'repository');
  await writeFile(join(directory, 'password'), password);
  restic = await stockRestic({ repository: place, password });
  await makeHistory(restic, join(directory, 'source'));
});
after(async () => {
  await restic[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function hozon(...words: readonly string[]): Promise<Ran> {
  const access = ['--repo', `file://${place}`, '--password-file', join(directory, 'password')];
  return runHere(['repo', ...words, ...access]);
}

function readJson(ran: Ran): Record<string, unknown> {
  return JSON.parse(ran.out) as Record<string, unknown>;
}

test('a part of the data is checked; a subset that makes no sense is refused', async () => {
  for (const subset of ['1/2', '2/2', '50%', '1M']) {
    const ran = await hozon('check', '--read-data-subset', subset);
    assert.deepEqual([ran.code, ran.out], [0, ''], ran.err);
  }
  for (const subset of ['0/2', '3/2', '1/257', '0%', '101%', 'much']) {
    assert.equal((await hozon('check', '--read-data-subset', subset)).code, 2, subset);
  }
  assert.equal((await hozon('check', '--read-data', '--read-data-subset', '1/2')).code, 2);
  assert.deepEqual(await namesIn(place, 'locks'), []);
});

test('prune says what it would do, and does it', async () => {
  const before = await namesIn(place, 'data');
  const dry = readJson(await hozon('prune', '--dry-run', '-o', 'json'));
  assert.deepEqual(await namesIn(place, 'data'), before);
  assert.equal((await hozon('prune', '--no-lock')).code, 2);
  assert.equal((await hozon('prune', '--max-unused', '100%')).code, 2);
  const none = readJson(await hozon('prune', '-n', '--no-lock', '--max-repack-size', '0', '-o', 'json'));
  assert.deepEqual(none['repack'], []);
  const ran = await hozon('prune', '-o', 'json');
  assert.equal(ran.code, 0, ran.err);
  assert.deepEqual(readJson(ran), { ...dry, dryRun: false });
  assert.notDeepEqual(await namesIn(place, 'data'), before);
  await restic.run(['check', '--read-data']);
  assert.match((await hozon('prune')).out, /Packs written anew: +0/);
});

test('damage is found, said how to repair, and repaired', async () => {
  const [name = ''] = (await namesIn(place, 'data')).toSorted();
  const path = join(place, 'data', name.slice(0, 2), name);
  const bytes = await readFile(path);
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  await rm(path);
  await writeFile(path, bytes);
  const damaged = await hozon('check', '--read-data');
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, new RegExp(`hozon repo repair packs ${name}`));
  assert.equal((await hozon('repair', 'packs')).code, 2);
  assert.equal((await hozon('repair', 'index', '--forget')).code, 2);
  assert.equal((await hozon('repair', 'packs', 'abc')).code, 2);
  const packs = await hozon('repair', 'packs', name);
  assert.match(packs.out, new RegExp(`${name} +given up +\\d+ +1`), packs.err);
  assert.match((await hozon('repair', 'packs', name)).out, new RegExp(`${name} +was gone already +0 +0`));
  const snapshots = await hozon('repair', 'snapshots', '--forget', '-o', 'json');
  assert.equal(snapshots.code, 0, snapshots.err);
  assert.equal((readJson(snapshots)['items'] as unknown[]).length > 0, true);
  assert.match((await hozon('repair', 'index')).out, /describe the packs as they are/);
  assert.equal((await hozon('check', '--read-data')).code, 0);
  await restic.run(['check', '--read-data']);
});

test('what a forgotten snapshot held is recovered', async () => {
  for (const name of await namesIn(place, 'snapshots')) await rm(join(place, 'snapshots', name));
  const recovered = await hozon('recover', '-o', 'json');
  assert.equal(recovered.code, 0, recovered.err);
  const [snapshot] = JSON.parse(await restic.run(['snapshots', '--json'])) as { id: string }[];
  assert.equal(readJson(recovered)['snapshot'], snapshot?.id);
  assert.match((await hozon('recover')).out, /nothing to recover/);
  assert.equal((await hozon('repair', 'snapshots', '--forget')).code, 0);
  await restic.run(['check', '--read-data']);
});
