import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { ObjectStore } from '#storage/object-store.ts';
import { readOnly } from '#storage/read-only.ts';
import { read, textAt } from '#storage/testing/contents.ts';
import { faulty } from '#storage/testing/faulty.ts';
import { listBackups, openBackup } from '../stored/backups.ts';
import {
  deadRun,
  distantRun,
  everythingIn,
  filesOf,
  inStore,
  livingRun,
  sampleArchive,
  sampleBackup,
  sampleFiles,
  writeBackup,
} from '../testing/runs.ts';
import { beginBackup } from './backup-run.ts';
import type { Repeat } from './run-marker.ts';
import { sweepInterrupted } from './sweep.ts';

const markerKey = 'backups/nightly/hozon-run.json';

async function unpacked(store: ObjectStore, suffix: string): Promise<string> {
  return gunzipSync(await read(store, `backups/nightly/nightly${suffix}`)).toString();
}

/** Timers that a test fires by hand. */
function manualTimer(): { repeat: Repeat; fire: () => void; running: () => boolean } {
  let action: (() => void) | undefined;
  const repeat: Repeat = given => {
    action = given;
    return () => (action = undefined);
  };
  return { repeat, fire: () => action?.(), running: () => action !== undefined };
}

/** The nth put of the marker that a store sees. */
function markerPuts(inner: ObjectStore): { store: ObjectStore; next: () => Promise<void> } {
  let told = () => {};
  const store: ObjectStore = faulty(inner, () => undefined);
  const put = store.put.bind(store);
  store.put = async (key, body, options) => {
    const info = await put(key, body, options);
    if (key === markerKey) told();
    return info;
  };
  return { store, next: () => new Promise(resolve => (told = resolve)) };
}

test('a backup has the files of Velero’s layout, with what Velero writes where there is nothing', async () => {
  await inStore(async store => {
    await writeBackup(store, 'nightly');
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
    const metadata = (await textAt(store, 'backups/nightly/velero-backup.json')) ?? '';
    assert.deepEqual(JSON.parse(metadata), sampleBackup('nightly'));
    assert.equal(await unpacked(store, '-podvolumebackups.json.gz'), 'null\n');
    assert.equal(await unpacked(store, '-volumesnapshots.json.gz'), 'null\n');
    assert.equal(await unpacked(store, '-itemoperations.json.gz'), '[]\n');
    assert.equal(await unpacked(store, '-resource-list.json.gz'), '{"v1/ConfigMap":["apps/settings"]}\n');
    const results = '{"warnings":{"namespaces":{"apps":["pods/web: it is odd"]}},"errors":{}}\n';
    assert.equal(await unpacked(store, '-results.gz'), results);
    assert.match(await unpacked(store, '-logs.gz'), /^time=".*" level=warning msg="it is odd"/);
    assert.match(await unpacked(store, '-volumeinfo.json.gz'), /^\[\{"pvcName":"data"/);
  });
});

test('a name is taken by a backup, a run, files of others, and cannot be just anything', async () => {
  await inStore(async store => {
    await writeBackup(store, 'whole');
    await beginBackup(store, 'alive', await livingRun());
    await beginBackup(store, 'distant', await distantRun());
    await store.put('backups/velero/velero-logs.gz', Buffer.from('x'));
    const before = await everythingIn(store);
    const cases = {
      whole: 'backup-exists',
      alive: 'backup-running',
      distant: 'backup-running',
      velero: 'directory-occupied',
      '../x': 'invalid-name',
      'a/b': 'invalid-name',
      Upper: 'invalid-name',
      '': 'invalid-name',
    };
    for (const [name, code] of Object.entries(cases)) {
      await assert.rejects(beginBackup(store, name, await livingRun()), { code: `archive.${code}` }, name);
    }
    await assert.rejects(beginBackup(readOnly(store), 'x', await livingRun()), { code: 'storage.read-only' });
    assert.deepEqual(await everythingIn(store), before);
  });
});

test('of many that begin one name at once, one does; what it writes is whole', async () => {
  for (const leftover of [false, true]) {
    await inStore(async store => {
      if (leftover) await (await beginBackup(store, 'nightly', await deadRun())).putArchive(sampleArchive());
      const options = await livingRun();
      const begins = [1, 2, 3, 4, 5, 6].map(() => beginBackup(store, 'nightly', options));
      const outcomes = await Promise.allSettled(begins);
      const runs = outcomes.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
      for (const each of outcomes) {
        if (each.status === 'rejected') assert.equal(each.reason.code, 'archive.backup-running');
      }
      assert.equal(runs.length, 1);
      await runs[0]?.putArchive(sampleArchive());
      await runs[0]?.commit(sampleBackup('nightly'), await sampleFiles());
      assert.deepEqual(await everythingIn(store), filesOf('nightly'));
    });
  }
});

test('an archive that cannot be made is not stored, and the backup can be discarded', async () => {
  await inStore(async store => {
    const run = await beginBackup(store, 'nightly', await livingRun());
    async function* broken() {
      yield Buffer.alloc(100_000);
      throw new Error('the API server is gone');
    }
    await assert.rejects(run.putArchive(broken()), /API server/);
    assert.deepEqual(await everythingIn(store), [markerKey]);
    await assert.rejects(run.commit(sampleBackup('nightly'), await sampleFiles()), /after its archive/);
    await run.discard();
    await run.discard();
    assert.deepEqual(await everythingIn(store), []);
    await assert.rejects(run.putArchive(sampleArchive()), /ended already/);
  });
});

test('an abort ends a run at work, which can be discarded all the same', async () => {
  await inStore(async store => {
    const controller = new AbortController();
    const run = await beginBackup(store, 'nightly', await livingRun({ signal: controller.signal }));
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(1000);
        controller.abort(new Error('Ctrl-C'));
      }
    }
    await assert.rejects(run.putArchive(endless()), /Ctrl-C/);
    await run.discard();
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a committed backup is not discarded any more', async () => {
  await inStore(async store => {
    const run = await beginBackup(store, 'nightly', await livingRun());
    await run.putArchive(sampleArchive());
    await run.commit(sampleBackup('nightly'), await sampleFiles());
    await run.discard();
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
  });
});

test('the marker is renewed until the run ends', async () => {
  await inStore(async inner => {
    const { store, next } = markerPuts(inner);
    const timer = manualTimer();
    let now = 0;
    const clock = { now: () => new Date(now), monotonic: () => now, sleep: async () => {} };
    const run = await beginBackup(store, 'nightly', await livingRun({ clock, repeat: timer.repeat }));
    const first = JSON.parse((await textAt(store, markerKey)) ?? '') as Record<string, unknown>;
    now = 60_000;
    const renewed = next();
    timer.fire();
    await renewed;
    const second = JSON.parse((await textAt(store, markerKey)) ?? '') as Record<string, unknown>;
    assert.deepEqual(second, { ...first, renewed: '1970-01-01T00:01:00.000Z' });
    timer.fire(); // a renewal that is under way when the run ends must not put the marker back
    await run.discard();
    assert.equal(timer.running(), false);
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('a run that was taken for dead stops its upload, stores nothing more and leaves the folder to its successor', async () => {
  await inStore(async store => {
    const timer = manualTimer();
    const run = await beginBackup(store, 'nightly', await deadRun({ repeat: timer.repeat }));
    await sweepInterrupted(store);
    async function* stalling() {
      yield Buffer.alloc(1000);
      timer.fire();
      await new Promise(() => {});
    }
    await assert.rejects(run.putArchive(stalling()), { code: 'archive.run-lost' });
    assert.equal(timer.running(), false);
    await writeBackup(store, 'nightly');
    await run.discard();
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
  });
});

test('a run that was taken for dead does not commit, whether or not another is at work in its place', async () => {
  for (const successor of [false, true]) {
    await inStore(async store => {
      const run = await beginBackup(store, 'nightly', await deadRun());
      await run.putArchive(sampleArchive());
      await sweepInterrupted(store);
      const other = successor ? await beginBackup(store, 'nightly', await livingRun()) : undefined;
      const commit = run.commit(sampleBackup('nightly'), await sampleFiles());
      await assert.rejects(commit, { code: 'archive.run-lost' });
      await run.discard();
      assert.deepEqual(await everythingIn(store), successor ? [markerKey] : []);
      await other?.discard();
    });
  }
});

test('a file that vanished before the end is noticed', async () => {
  await inStore(async store => {
    const run = await beginBackup(store, 'nightly', await livingRun());
    await run.putArchive(sampleArchive());
    await store.delete('backups/nightly/nightly.tar.gz');
    const commit = run.commit(sampleBackup('nightly'), await sampleFiles());
    await assert.rejects(commit, { code: 'archive.file-vanished' });
    await run.discard();
    assert.deepEqual(await everythingIn(store), []);
  });
});

test('where another program stored a backup of the name meanwhile, its files are left', async () => {
  await inStore(async store => {
    const run = await beginBackup(store, 'nightly', await livingRun());
    await run.putArchive(sampleArchive());
    const theirs = Buffer.from(JSON.stringify(sampleBackup('nightly')));
    await store.put('backups/nightly/velero-backup.json', theirs);
    const commit = run.commit(sampleBackup('nightly'), await sampleFiles());
    await assert.rejects(commit, { code: 'archive.backup-overtaken' });
    await run.discard();
    assert.deepEqual(await everythingIn(store), filesOf('nightly'));
    for await (const listed of listBackups(store)) assert.equal(listed.problem, undefined);
    await using archive = await openBackup(store, 'nightly');
    assert.equal(archive.size, 1);
  });
});
