import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { SourceTotals, TreeSource } from '../../trees/source.ts';
import { CountingThread } from '../../trees/walk-thread/counting-thread.ts';
import type { EntryTexts } from '../format/directory-texts.ts';
import type { EarlierFiles, FollowedWalk, Follower } from './follower.ts';
import { type KopiaWalkingOptions, kopiaWalkingSource } from './walking-source.ts';

/** Gone through in some steps. */
const [directories, filesInEach] = [40, 60];
let directory: string;
let all: SourceTotals;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-walk-'));
  for (let at = 0; at < directories; at++) {
    await mkdir(join(directory, `d${at}`));
    await Promise.all(
      Array.from({ length: filesInEach }, (_, file) => writeFile(join(directory, `d${at}/${file}`), 'abc')),
    );
  }
  all = { files: directories * filesInEach, bytes: directories * filesInEach * 3 };
});
after(() => rm(directory, { recursive: true }));

const told: Follower = { take: () => undefined, earlier: () => undefined };

/** Has every file as it is. */
const takenOver: Follower = {
  take: ({ kind, ...event }) => {
    assert.ok(kind !== 'entry' || !('content' in event) || event.content === undefined);
    return undefined;
  },
  earlier: (): EarlierFiles => ({ find: () => known, isSame: () => true, take: () => {} }),
};
const known = { type: 'f' } as EntryTexts;

function opened(options: KopiaWalkingOptions): ReturnType<typeof kopiaWalkingSource> {
  return kopiaWalkingSource(Buffer.from(directory), { threaded: false, ...options });
}

function followed({ follow }: ReturnType<typeof kopiaWalkingSource>, by = told): FollowedWalk {
  return follow?.(by) ?? assert.fail('it cannot be followed');
}

/** Threads that are begun from now on. */
function begunThreads(): { readonly list: () => Promise<readonly Worker[]> } & Disposable {
  const begun: Worker[] = [];
  const add = (worker: Worker): void => void begun.push(worker);
  process.on('worker', add);
  return {
    list: async () => {
      await setImmediate(); // they are told of soon after they were begun
      return begun;
    },
    [Symbol.dispose]: () => void process.removeListener('worker', add),
  };
}

/** What there is in all as it was told on the way, and at the end. */
async function totalsOf(source: TreeSource, walk: FollowedWalk): Promise<(SourceTotals | undefined)[]> {
  const seen = new Set<SourceTotals | undefined>();
  while (!walk.ended) {
    await walk.step();
    if (!walk.ended) seen.add(source.totals);
  }
  return [...seen, source.totals];
}

test('who scans can follow nevertheless, in this thread, and is told at the end what there was', async () => {
  using threads = begunThreads();
  for (const by of [told, takenOver]) {
    await using source = opened({ scan: true });
    assert.equal(source.totals, undefined);
    assert.deepEqual(await totalsOf(source, followed(source, by)), [undefined, all]);
  }
  assert.deepEqual(await threads.list(), []);
});

test('it is the same as a thread tells that walks', async () => {
  const excludes = { patterns: [Buffer.from('*7')] };
  await using threaded = opened({ scan: true, threaded: true, excludes });
  assert.equal(threaded.follow, undefined);
  for await (const _ of threaded.events({})) continue;
  await using source = opened({ scan: true, excludes });
  const walk = followed(source);
  while (!walk.ended) await walk.step();
  assert.deepEqual(source.totals, threaded.totals);
  assert.equal(source.totals?.files, (directories - 4) * 54);
});

test('who does not scan is told nothing', async () => {
  using threads = begunThreads();
  await using source = opened({ counting: { clock: { monotonic: () => 0 }, after: 0 } });
  assert.deepEqual(await totalsOf(source, followed(source)), [undefined, undefined]);
  assert.deepEqual(await threads.list(), []);
});

test('a thread counts ahead once the walk has taken a while, and ends with it', async () => {
  using threads = begunThreads();
  let now = 0;
  await using source = opened({ scan: true, counting: { clock: { monotonic: () => now }, after: 100 } });
  const walk = followed(source);
  await walk.step();
  now = 99;
  await walk.step();
  assert.deepEqual(await threads.list(), []);
  now = 100;
  await walk.step();
  const [thread] = await threads.list();
  assert.ok(thread !== undefined && !walk.ended);
  const ended = once(thread, 'exit');
  while (source.totals === undefined) await delay(1);
  assert.deepEqual(source.totals, all);
  assert.deepEqual(await totalsOf(source, walk), [all, all]);
  await ended;
  assert.equal((await threads.list()).length, 1);
});

test('a thread that counts ends where the walk is left', async () => {
  using threads = begunThreads();
  {
    await using source = opened({ scan: true, counting: { clock: { monotonic: () => 0 }, after: 0 } });
    await followed(source).step();
    assert.equal((await threads.list()).length, 1);
  }
  assert.equal((await threads.list())[0]?.threadId, -1);
});

test('where counting fails, nothing is known, and nothing else happens', async () => {
  using threads = begunThreads();
  const count = new CountingThread(new URL('data:text/javascript,throw new Error("no count")'), {});
  const [thread] = await threads.list();
  await new Promise(resolve => thread?.once('exit', resolve));
  assert.equal(count.totals, undefined);
  await count.stop();
});
