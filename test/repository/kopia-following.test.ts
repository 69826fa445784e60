import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { CapturedStream, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';

/*
 * Where there is an earlier snapshot the main thread walks, which takes over what has not changed as it finds it. These tests say
 * which threads commands begin for that, and what they tell of the totals.
 */

const [files, size] = [3000, 4];

let directory: string;
let root: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-following-'));
  root = join(directory, 'tree');
  await mkdir(root);
  await Promise.all(Array.from({ length: files }, (_, at) => writeFile(join(root, `${at}`), 'text')));
});
after(() => rm(directory, { recursive: true }));

interface Stored {
  /** Names of threads that were begun to walk or to count. */
  readonly threads: readonly string[];
  /** What there was in all, as it was told last: files and bytes. */
  readonly totals: readonly (number | undefined)[];
}

/** Stores the tree by a command, for which five seconds pass between any two looks at the clock. */
async function stored(repository: string, more: readonly string[], isTTY = false): Promise<Stored> {
  const threads: string[] = [];
  const add = ({ threadName }: Worker): void => void threads.push(threadName ?? '');
  process.on('worker', add);
  const err = new CapturedStream({ isTTY });
  let now = 0;
  const clock = { ...systemClock, monotonic: () => (now += 5000) };
  await command(['snapshot', root, ...more, '--repo', repository, '--no-cache'], { err, clock });
  await setImmediate();
  process.removeListener('worker', add);
  return {
    threads: threads.filter(name => name === 'walk' || name === 'count'),
    totals: ['store', 'read'].map(phase => lastOf(err.text, phase)?.total),
  };
}

async function command(words: readonly string[], options: Parameters<typeof runHere>[1] = {}): Promise<void> {
  const { code, err } = await runHere(['repo', ...words], {
    env: { RESTIC_PASSWORD: 'secret', HOME: directory },
    clock: systemClock,
    ...options,
  });
  assert.equal(code, 0, err);
}

function lastOf(lines: string, wanted: string): { readonly total?: number } | undefined {
  const told = lines.split('\n').filter(line => line.startsWith('{'));
  return told
    .map(line => JSON.parse(line) as { phase: string; total?: number })
    .findLast(({ phase }) => phase === wanted);
}

/** A repository that has the tree. */
async function made(name: string): Promise<string> {
  const repository = join(directory, name);
  await command(['init', '--format', 'kopia', '--repo', repository]);
  const first = await stored(repository, []);
  assert.deepEqual(first, { threads: ['walk'], totals: [files, files * size] });
  return repository;
}

test('a tree that was stored before is followed, and nobody counts it whom nobody watches', async () => {
  const repository = await made('unwatched');
  const again = await stored(repository, []);
  assert.deepEqual(again, { threads: [], totals: [files, files * size] });
  assert.deepEqual(await stored(repository, ['--no-scan']), { threads: [], totals: [undefined, undefined] });
  const { threads } = await stored(repository, ['--quiet']);
  assert.deepEqual(threads, []);
});

test('it is counted beside that on a terminal, and where lines are asked for, unless that is not wanted', async () => {
  const repository = await made('watched');
  const asked = await stored(repository, ['--progress', 'json']);
  assert.deepEqual(asked, { threads: ['count'], totals: [files, files * size] });
  const [onTerminal, unscanned, quiet] = [
    await stored(repository, [], true),
    await stored(repository, ['--no-scan'], true),
    await stored(repository, ['--quiet'], true),
  ];
  assert.deepEqual(onTerminal.threads, ['count']);
  assert.deepEqual(unscanned.threads, []);
  assert.deepEqual(quiet.threads, []);
});

test('what may lie on a file server is walked by another thread, so that this one hears of signals', async () => {
  const repository = await made('served');
  const moved = join(directory, 'moved');
  await rename(root, moved);
  await mkdir(root);
  execFileSync('mount', ['-t', 'ramfs', 'none', root]); // one of those that are not known to be of this machine
  try {
    await cp(moved, root, { recursive: true, preserveTimestamps: true });
    for (const flags of [[], ['--quiet']]) {
      assert.deepEqual((await stored(repository, flags)).threads, ['walk']);
    }
  } finally {
    execFileSync('umount', [root]);
    await rmdir(root);
    await rename(moved, root);
  }
});

test('what is to be stored as if nothing were known is walked by another thread', async () => {
  const repository = await made('forced');
  const { threads } = await stored(repository, ['--force']);
  assert.deepEqual(threads, ['walk']);
});

test('so is it with a volume of Velero’s', async () => {
  const repository = `velero:file://${directory}/location/shop`;
  await command(['init', '--repo', repository]);
  const volume = ['--volume', 'web-0/data'];
  const [first, second, forced] = [
    await stored(repository, volume),
    await stored(repository, volume),
    await stored(repository, [...volume, '--force']),
  ];
  assert.deepEqual([first.threads, second.threads, forced.threads], [['walk'], [], ['walk']]);
  assert.deepEqual(second.totals, [files, files * size]);
});
