import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { all, read } from '#storage/testing/contents.ts';
import { versionOf } from '#storage/testing/sealed.ts';
import { rounds } from '#testbed/soak.ts';

const kills = rounds(12);
/** How many more at most, where none of those came into the middle of a put. */
const spare = 100;
const program = new URL('../../src/storage/testing/restless-writer.ts', import.meta.url).pathname;

/** Lets the writer run and kills it at a random moment after its first put; returns what it said was stored. */
async function killedRun(root: string): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [program, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told = new Map<string, number>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', line => {
    const [key = '', version = ''] = line.split(' ');
    told.set(key, Number(version));
  });
  const read = once(lines, 'close');
  await once(lines, 'line');
  await delay(Math.random() * 150);
  child.kill('SIGKILL');
  await Promise.all([once(child, 'exit'), read]);
  return told;
}

/** The versions of all keys, each of which must be whole. */
async function wholeVersions(store: FilesystemStore): Promise<Map<string, number>> {
  const stored = new Map<string, number>();
  for await (const { key } of store.list('')) {
    const version = versionOf(key, await read(store, key));
    assert.ok(version !== undefined, `${key} is not whole`);
    stored.set(key, version);
  }
  return stored;
}

/** What was told stays: no key is older than the writer said. Only a key of `once/` may meanwhile be deleted. */
function checkAgainst(told: Map<string, number>, stored: Map<string, number>): void {
  for (const [key, version] of told) {
    const found = stored.get(key);
    if (version === -1) assert.equal(found, undefined, `${key} was deleted and is there`);
    else if (found === undefined) assert.ok(key.startsWith('once/'), `${key} is lost`);
    else assert.ok(found >= version, `${key} went back`);
  }
}

test(`a writer killed at any of ${kills} moments leaves each key old or whole`, async () => {
  let leftovers = 0;
  for (let round = 0; round < kills || (leftovers === 0 && round < kills + spare); round++) {
    const root = await mkdtemp(join(tmpdir(), 'hozon-killed-'));
    try {
      const told = await killedRun(root);
      const store = new FilesystemStore(root);
      checkAgainst(told, await wholeVersions(store));
      const unfinished = await all(store.unfinished(''));
      leftovers += unfinished.length;
      for (const write of unfinished) await store.abandon(write);
      assert.deepEqual(await readdir(join(root, '.hozon-unfinished')), []);
    } finally {
      await rm(root, { recursive: true });
    }
  }
  assert.ok(leftovers > 0, 'no round killed a put in its middle');
});
