import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectStore } from '#storage/object-store.ts';
import { all, collect } from '#storage/testing/contents.ts';
import type { RunOptions } from '../runs/backup-run.ts';
import { beginRestore } from '../runs/restore-run.ts';
import { sweepInterrupted } from '../runs/sweep.ts';
import { atEveryCall, dying, succeeds } from '../testing/crashes.ts';
import {
  deadRun,
  distantRun,
  everythingIn,
  inStore,
  livingRun,
  sampleFiles,
  sampleRestore,
  sampleRestoreFiles,
  writeRestore,
} from '../testing/runs.ts';
import {
  listRestores,
  readRestore,
  readRestoreLog,
  readRestoreResourceList,
  readRestoreResults,
} from './restores.ts';

const files = [
  'restores/again/again-volumeinfo.json.gz',
  'restores/again/hozon-restore.json',
  'restores/again/restore-again-itemoperations.json.gz',
  'restores/again/restore-again-logs.gz',
  'restores/again/restore-again-resource-list.json.gz',
  'restores/again/restore-again-results.gz',
];

test('a restore has a record from its begin, and Velero’s files at its end', async () => {
  await inStore(async store => {
    const restore = sampleRestore('again', 'nightly');
    const run = await beginRestore(store, restore, await livingRun());
    assert.deepEqual(await readRestore(store, 'again'), { ...restore, status: { phase: 'InProgress' } });
    await run.finish({ ...restore, status: { phase: 'Completed', errors: 0 } }, await sampleRestoreFiles());
    await run.abandon('too late');
    assert.deepEqual(await everythingIn(store), files);
    assert.deepEqual((await readRestore(store, 'again')).status, { phase: 'Completed', errors: 0 });
    assert.match((await collect(readRestoreLog(store, 'again'))).toString(), /it is odd/);
    assert.deepEqual(await readRestoreResults(store, 'again'), (await sampleFiles()).results);
    const list = { 'v1/ConfigMap': ['apps/settings(created)'] };
    assert.deepEqual(await readRestoreResourceList(store, 'again'), list);
  });
});

test('a name is used once, also by many at once', async () => {
  await inStore(async store => {
    await writeRestore(store, 'again', 'nightly');
    const begin = async (name: string) => beginRestore(store, sampleRestore(name, 'x'), await livingRun());
    await assert.rejects(begin('again'), { code: 'archive.restore-exists' });
    await assert.rejects(begin('../again'), { code: 'archive.invalid-name' });
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => begin('other')));
    const runs = outcomes.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
    assert.equal(runs.length, 1);
    for (const each of outcomes) {
      if (each.status === 'rejected') assert.equal(each.reason.code, 'archive.restore-running');
    }
    await runs[0]?.abandon('the test ends');
    await assert.rejects(begin('other'), { code: 'archive.restore-exists' });
    assert.equal((await readRestore(store, 'other')).status?.failureReason, 'the test ends');
  });
});

async function runRestore(store: ObjectStore, options: RunOptions): Promise<void> {
  const restore = sampleRestore('again', 'nightly');
  const run = await beginRestore(store, restore, options);
  await run.finish({ ...restore, status: { phase: 'Completed' } }, await sampleRestoreFiles());
}

for (const death of ['before', 'after', 'during'] as const) {
  test(`a restore that dies ${death} any call says Failed after a sweep, or what it came to`, async () => {
    const phases = new Set<string>();
    await atEveryCall(async (store, at) => {
      const crash = dying(store, at, death);
      const finished = await succeeds(runRestore(crash.store, await deadRun()));
      assert.deepEqual((await sweepInterrupted(store)).left, []);
      const [listed] = await all(listRestores(store));
      const phase = listed?.restore?.status?.phase ?? 'none';
      if (finished) assert.equal(phase, 'Completed');
      if (phase === 'none') assert.deepEqual(await everythingIn(store), []);
      if (phase === 'Completed') assert.deepEqual(await everythingIn(store), files);
      phases.add(phase);
      return { reached: crash.reached() };
    });
    assert.deepEqual([...phases].sort(), ['Completed', 'Failed', 'none']);
  });
}

test('a restore whose name a dead one held is told from it', async () => {
  await inStore(async store => {
    await beginRestore(store, sampleRestore('again', 'nightly'), await deadRun());
    const begin = beginRestore(store, sampleRestore('again', 'nightly'), await livingRun());
    await assert.rejects(begin, { code: 'archive.restore-exists' });
    assert.equal((await readRestore(store, 'again')).status?.phase, 'Failed');
  });
});

test('the record of a dead run is shown as Failed before any sweep, and nothing is written to find out', async () => {
  await inStore(async store => {
    await beginRestore(store, sampleRestore('dead', 'nightly'), await deadRun());
    const living = await beginRestore(store, sampleRestore('living', 'nightly'), await livingRun());
    await beginRestore(store, sampleRestore('elsewhere', 'nightly'), await distantRun());
    const before = await everythingIn(store);
    const { status } = await readRestore(store, 'dead');
    assert.equal(status?.phase, 'Failed');
    assert.match(status?.failureReason ?? '', /ended before the restore did/);
    const listed = await all(listRestores(store));
    assert.deepEqual(
      listed.map(each => [each.name, each.restore?.status?.phase]),
      [
        ['dead', 'Failed'],
        ['elsewhere', 'InProgress'],
        ['living', 'InProgress'],
      ],
    );
    assert.deepEqual(await everythingIn(store), before);
    await living.abandon('the test ends');
  });
});

test('Velero’s restores have no record, but can be read; what is not there is named', async () => {
  await inStore(async store => {
    const { log } = await sampleFiles();
    await store.put('restores/velero/restore-velero-logs.gz', log);
    assert.deepEqual(await all(listRestores(store)), []);
    await assert.rejects(readRestore(store, 'velero'), { code: 'archive.restore-not-found' });
    assert.match((await collect(readRestoreLog(store, 'velero'))).toString(), /it is odd/);
    assert.equal(await readRestoreResults(store, 'velero'), undefined);
    await store.put(
      'restores/bare/hozon-restore.json',
      Buffer.from(JSON.stringify(sampleRestore('bare', 'x'))),
    );
    await assert.rejects(collect(readRestoreLog(store, 'bare')), { code: 'archive.file-missing' });
    await assert.rejects(collect(readRestoreLog(store, 'absent')), { code: 'archive.restore-not-found' });
    await assert.rejects(readRestoreResults(store, 'absent'), { code: 'archive.restore-not-found' });
  });
});

test('a record that makes no sense is a problem of that restore', async () => {
  await inStore(async store => {
    await store.put('restores/bad/hozon-restore.json', Buffer.from('{}'));
    await store.put(
      'restores/moved/hozon-restore.json',
      Buffer.from(JSON.stringify(sampleRestore('a', 'b'))),
    );
    await writeRestore(store, 'good', 'nightly');
    const listed = await all(listRestores(store));
    assert.deepEqual(
      listed.map(each => [each.name, each.problem?.code]),
      [
        ['bad', 'archive.corrupt-file'],
        ['good', undefined],
        ['moved', 'archive.wrong-name'],
      ],
    );
  });
});
