import assert from 'node:assert/strict';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nameOfWrite, thisWriter } from '#storage/filesystem/writers.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { readOnly } from '#storage/read-only.ts';
import { all } from '#storage/testing/contents.ts';
import { faulty } from '#storage/testing/faulty.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';
import { listBackups } from '../stored/backups.ts';
import { readRestore } from '../stored/restores.ts';
import { atEveryCall, dying, succeeds } from '../testing/crashes.ts';
import {
  deadRun,
  distantRun,
  everythingIn,
  filesOf,
  inStore,
  livingRun,
  sampleArchive,
  sampleRestore,
  writeBackup,
  writeRestore,
} from '../testing/runs.ts';
import { beginBackup } from './backup-run.ts';
import { beginRestore } from './restore-run.ts';
import { silence } from './run-marker.ts';
import { sweepInterrupted } from './sweep.ts';

/** A backup of a run that died after its archive was stored. */
async function leaveInterrupted(store: ObjectStore, name: string): Promise<void> {
  const run = await beginBackup(store, name, await deadRun());
  await run.putArchive(sampleArchive());
}

/** Lets an object look as if it was stored that long ago, in milliseconds. */
async function age(store: ObjectStore, key: string, milliseconds: number): Promise<void> {
  const time = new Date(Date.now() - milliseconds);
  await utimes(`${fileURLToPath(store.url)}/${key}`, time, time);
}

test('an empty location has nothing to sweep', async () => {
  await inStore(async store => {
    assert.deepEqual(await sweepInterrupted(store), { removed: [], failedRestores: [], left: [] });
  });
});

test('what a run left that died before its first byte is removed, and a living writer keeps its own', async () => {
  await inStore(async store => {
    const writes = join(fileURLToPath(store.url), '.hozon-unfinished');
    const writer = await thisWriter();
    const living = nameOfWrite(writer);
    for (const path of [living, `${living}/backups/a`]) await mkdir(join(writes, path), { recursive: true });
    for (const path of ['', 'backups', 'backups/a', 'restores/b']) {
      await mkdir(join(writes, nameOfWrite({ ...writer, started: '1' }), path), { recursive: true });
    }
    await sweepInterrupted(store);
    assert.deepEqual(await readdir(writes), [living]);
  });
});

test('only what dead runs left is removed', async () => {
  await inStore(async store => {
    await writeBackup(store, 'whole');
    await leaveInterrupted(store, 'dead');
    await leaveInterrupted(store, 'dead-too');
    const alive = await beginBackup(store, 'alive', await livingRun());
    await alive.putArchive(sampleArchive());
    const distant = await beginBackup(store, 'distant', await distantRun());
    await store.put('backups/velero/velero-logs.gz', Buffer.from('x'));
    await store.put('backups/Not A Name/x', Buffer.from('x'));
    const before = (await everythingIn(store)).filter(key => !key.startsWith('backups/dead'));
    const swept = await sweepInterrupted(store);
    assert.deepEqual(swept.removed, ['dead-too', 'dead']);
    assert.deepEqual(swept.left, [
      { kind: 'backup', name: 'alive', reason: 'running' },
      { kind: 'backup', name: 'distant', reason: 'elsewhere' },
      { kind: 'backup', name: 'velero', reason: 'foreign' },
    ]);
    assert.deepEqual(await everythingIn(store), before);
    await Promise.all([alive.discard(), distant.discard()]);
  });
});

test('a run on another host is dead when its marker was not renewed for half an hour by the store’s clock', async () => {
  await inStore(async store => {
    const run = await beginBackup(store, 'distant', await distantRun());
    await run.putArchive(sampleArchive());
    await age(store, 'backups/distant/hozon-run.json', silence - 60_000);
    assert.equal((await sweepInterrupted(store)).left[0]?.reason, 'elsewhere');
    await age(store, 'backups/distant/hozon-run.json', silence + 60_000);
    assert.deepEqual((await sweepInterrupted(store)).removed, ['distant']);
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a marker beside a whole backup is removed and nothing else', async () => {
  await inStore(async store => {
    const crash = faulty(store, ({ operation, key }) =>
      operation === 'delete' && key.endsWith('/hozon-run.json') ? { kind: 'before' } : undefined,
    );
    await writeBackup(crash, 'nightly', await deadRun());
    assert.deepEqual((await everythingIn(store)).length, filesOf('nightly').length + 1);
    assert.deepEqual(await sweepInterrupted(store), { removed: [], failedRestores: [], left: [] });
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
  });
});

test('an interrupted restore says so from then on; a finished one only loses its marker', async () => {
  await inStore(async store => {
    const restore = sampleRestore('again', 'nightly');
    await beginRestore(store, restore, await deadRun());
    const alive = await beginRestore(store, sampleRestore('alive', 'nightly'), await livingRun());
    await writeRestore(store, 'done', 'nightly');
    const swept = await sweepInterrupted(store);
    assert.deepEqual(swept.failedRestores, ['again']);
    assert.deepEqual(swept.left, [{ kind: 'restore', name: 'alive', reason: 'running' }]);
    const { status } = await readRestore(store, 'again');
    assert.equal(status?.phase, 'Failed');
    assert.match(status?.failureReason ?? '', /ended before the restore did/);
    assert.equal((await readRestore(store, 'alive')).status?.phase, 'InProgress');
    assert.equal((await readRestore(store, 'done')).status?.phase, 'Completed');
    await alive.abandon('the test ends');
  });
});

test('a sweep that dies at any call is finished by the next', async () => {
  const interrupted = async (store: ObjectStore): Promise<void> => {
    await leaveInterrupted(store, 'dead');
    await beginRestore(store, sampleRestore('again', 'nightly'), await deadRun());
  };
  await atEveryCall(async (store, at) => {
    const crash = dying(store, at, at % 2 === 0 ? 'before' : 'after');
    await succeeds(sweepInterrupted(crash.store));
    await sweepInterrupted(store);
    assert.deepEqual(await everythingIn(store), ['restores/again/hozon-restore.json'], `after call ${at}`);
    assert.equal((await readRestore(store, 'again')).status?.phase, 'Failed');
    return { reached: crash.reached() };
  }, interrupted);
});

test('many sweeps at once do no harm', async () => {
  await inStore(async store => {
    await writeBackup(store, 'whole');
    for (const name of ['a', 'b', 'c']) await leaveInterrupted(store, name);
    await Promise.all([1, 2, 3, 4].map(() => sweepInterrupted(store)));
    assert.deepEqual(await everythingIn(store), filesOf('whole'));
  });
});

test('a sweeper that comes late leaves the run that another began in the place of the dead one', async () => {
  await inStore(async store => {
    await leaveInterrupted(store, 'nightly');
    let reached = () => {};
    let goOn = () => {};
    const waiting = new Promise<void>(resolve => (reached = resolve));
    const until = new Promise<void>(resolve => (goOn = resolve));
    const stalled = faulty(store, ({ operation, key }) => {
      if (operation !== 'list' || key !== 'backups/nightly/') return undefined;
      reached();
      return { kind: 'stall', until };
    });
    const late = sweepInterrupted(stalled);
    await waiting;
    const run = await beginBackup(store, 'nightly', await livingRun());
    await run.putArchive(sampleArchive());
    goOn();
    await late;
    assert.deepEqual(await everythingIn(store), [
      'backups/nightly/hozon-run.json',
      'backups/nightly/nightly.tar.gz',
    ]);
    await run.discard();
  });
});

test('what cannot be removed is told, and the others are', async () => {
  await inStore(async store => {
    await leaveInterrupted(store, 'locked');
    await leaveInterrupted(store, 'open');
    await store.put('backups/odd/hozon-run.json', Buffer.from('{"kind":"x"}'));
    const failing = faulty(store, ({ operation, key }) =>
      operation === 'delete' && key.endsWith('/locked.tar.gz') ? { kind: 'before' } : undefined,
    );
    const swept = await sweepInterrupted(failing);
    assert.deepEqual(swept.removed, ['open']);
    assert.deepEqual(
      swept.left.map(({ name, reason, problem }) => [name, reason, problem?.code]),
      [
        ['locked', 'failed', 'storage.unavailable'],
        ['odd', 'failed', 'archive.corrupt-file'],
      ],
    );
  });
});

test('a sweep of a read-only location with something to sweep says that it is one', async () => {
  await inStore(async store => {
    await leaveInterrupted(store, 'dead');
    const { left } = await sweepInterrupted(readOnly(store));
    assert.deepEqual([left[0]?.reason, left[0]?.problem?.code], ['failed', 'storage.read-only']);
  });
});

test('uploads of a killed process are abandoned with the rest, its marker’s own too', async () => {
  await inTemporaryDirectory()(async ({ store, leaveUnfinished }) => {
    await beginBackup(store, 'nightly', await deadRun());
    await leaveUnfinished?.('backups/nightly/nightly.tar.gz');
    await leaveUnfinished?.('backups/other/hozon-run.json');
    assert.equal((await all(store.unfinished(''))).length, 2);
    await sweepInterrupted(store);
    assert.deepEqual(await everythingIn(store), []);
    assert.deepEqual(await all(listBackups(store)), []);
  });
});
