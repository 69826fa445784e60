import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { all, collect, inChunks } from '#storage/testing/contents.ts';
import { faulty } from '#storage/testing/faulty.ts';
import { inStore, sampleBackup, writeBackup } from '../testing/runs.ts';
import {
  downloadBackup,
  listBackups,
  openBackup,
  readBackup,
  readBackupLog,
  readBackupResourceList,
  readBackupResults,
  readBackupVolumeInfos,
} from './backups.ts';

function metadataOf(name: string, more: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ ...sampleBackup(name), ...more }));
}

const readers: Readonly<Record<string, (store: ObjectStore, name: string) => Promise<unknown>>> = {
  backup: readBackup,
  archive: openBackup,
  download: downloadBackup,
  log: (store, name) => all(readBackupLog(store, name)),
  results: readBackupResults,
  resourceList: readBackupResourceList,
  volumeInfos: readBackupVolumeInfos,
};

test('backups are listed by name, whoever wrote them; what is no backup is not', async () => {
  await inStore(async store => {
    await Promise.all(['a-b', 'a', 'a.c', 'zz'].map(name => writeBackup(store, name)));
    await store.put(
      'backups/velero/velero-backup.json',
      metadataOf('velero', { status: { phase: 'Failed' } }),
    );
    await store.put('backups/unfinished/unfinished.tar.gz', Buffer.from('x'));
    await store.put('backups/Odd Name/velero-backup.json', Buffer.from('x'));
    await store.put('backups/file', Buffer.from('x'));
    const listed = await all(listBackups(store));
    assert.deepEqual(
      listed.map(each => [each.name, each.backup?.status?.phase]),
      [
        ['a', 'Completed'],
        ['a-b', 'Completed'],
        ['a.c', 'Completed'],
        ['velero', 'Failed'],
        ['zz', 'Completed'],
      ],
    );
  });
});

test('a velero-backup.json that makes no sense is a problem of that backup', async () => {
  await inStore(async store => {
    const bad: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      fields: metadataOf('fields', { status: { phase: 7 } }),
      huge: Buffer.alloc(5_000_000, 0x20),
      'no-json': Buffer.from('<html>'),
      renamed: metadataOf('another'),
      restore: metadataOf('restore', { kind: 'Restore' }),
      utf8: Buffer.from([0x22, 0xff, 0x22]),
    };
    for (const [name, body] of Object.entries(bad)) {
      await store.put(`backups/${name}/velero-backup.json`, body);
    }
    await writeBackup(store, 'good');
    const listed = await all(listBackups(store));
    assert.deepEqual(
      listed.map(each => [each.name, each.problem?.code]),
      [
        ['empty', 'archive.corrupt-file'],
        ['fields', 'archive.corrupt-file'],
        ['good', undefined],
        ['huge', 'storage.too-large'],
        ['no-json', 'archive.corrupt-file'],
        ['renamed', 'archive.wrong-name'],
        ['restore', 'archive.corrupt-file'],
        ['utf8', 'archive.corrupt-file'],
      ],
    );
    assert.match(listed[1]?.problem?.message ?? '', /status\.phase/);
    for (const { name, problem } of listed) {
      if (problem !== undefined) await assert.rejects(readBackup(store, name), { code: problem.code });
    }
  });
});

test('what other versions stored is read, with fields that Hozon does not know', async () => {
  await inStore(async store => {
    const more = {
      metadata: {
        name: 'old',
        namespace: 'velero',
        selfLink: '/x',
        finalizers: ['a'],
        creationTimestamp: null,
      },
      spec: { includedNamespaces: null, hooks: {}, someday: { x: 1 } },
      status: { phase: 'Completed', someday: true, expiration: null },
    };
    await store.put('backups/old/velero-backup.json', metadataOf('old', more));
    assert.deepEqual(await readBackup(store, 'old'), { ...sampleBackup('old'), ...more });
  });
});

test('one unreadable object is that backup’s problem; a store that fails ends the listing', async () => {
  await inStore(async store => {
    await Promise.all(['a', 'b'].map(name => writeBackup(store, name)));
    const cut = faulty(store, ({ operation, key }) =>
      operation === 'get' && key.startsWith('backups/a/') ? { kind: 'truncate', after: 10 } : undefined,
    );
    const listed = await all(listBackups(cut));
    assert.deepEqual(
      listed.map(each => each.problem?.code),
      ['storage.truncated', undefined],
    );
    const down = faulty(store, ({ operation }) => (operation === 'get' ? { kind: 'before' } : undefined));
    await assert.rejects(all(listBackups(down)), { code: 'storage.unavailable' });
    await assert.rejects(all(listBackups(store, { signal: AbortSignal.abort(new Error('stop')) })), /stop/);
  });
});

test('without velero-backup.json nothing is read, whatever else is there', async () => {
  await inStore(async store => {
    await writeBackup(store, 'nightly');
    await store.delete('backups/nightly/velero-backup.json');
    for (const [what, read] of Object.entries(readers)) {
      for (const name of ['nightly', 'absent']) {
        await assert.rejects(read(store, name), { code: 'archive.backup-not-found' }, what);
      }
      await assert.rejects(read(store, '../nightly'), { code: 'archive.invalid-name' }, what);
    }
  });
});

test('what is missing of a backup is named, or undefined where a backup may be without it', async () => {
  await inStore(async store => {
    await store.put('backups/bare/velero-backup.json', metadataOf('bare'));
    const missing = (file: string) => (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'archive.file-missing'));
      assert.match(thrown.message, new RegExp(`"backups/bare/${file}"`));
      assert.match(thrown.hint(), /hozon backup get/);
      return true;
    };
    await assert.rejects(openBackup(store, 'bare'), missing('bare.tar.gz'));
    await assert.rejects(downloadBackup(store, 'bare'), missing('bare.tar.gz'));
    await assert.rejects(all(readBackupLog(store, 'bare')), missing('bare-logs.gz'));
    assert.equal(await readBackupResults(store, 'bare'), undefined);
    assert.equal(await readBackupResourceList(store, 'bare'), undefined);
    assert.equal(await readBackupVolumeInfos(store, 'bare'), undefined);
  });
});

test('files with Go’s nulls, and results of old versions, are read', async () => {
  await inStore(async store => {
    await store.put('backups/go/velero-backup.json', metadataOf('go'));
    const put = (suffix: string, value: unknown) =>
      store.put(`backups/go/go${suffix}`, gzipSync(JSON.stringify(value)));
    await put('-results.gz', { errors: { velero: null, namespaces: { a: ['x'], b: null } } });
    await put('-resource-list.json.gz', { 'v1/Pod': null, 'v1/Secret': ['a/b'] });
    await put('-volumeinfo.json.gz', null);
    assert.deepEqual(await readBackupResults(store, 'go'), {
      warnings: {},
      errors: { namespaces: { a: ['x'], b: [] } },
    });
    assert.deepEqual(await readBackupResourceList(store, 'go'), { 'v1/Pod': [], 'v1/Secret': ['a/b'] });
    assert.deepEqual(await readBackupVolumeInfos(store, 'go'), []);
    await put('-resource-list.json.gz', null);
    assert.deepEqual(await readBackupResourceList(store, 'go'), {});
  });
});

test('files that are damaged, of another shape or no gzip say so', async () => {
  await inStore(async store => {
    await store.put('backups/bad/velero-backup.json', metadataOf('bad'));
    const key = 'backups/bad/bad-results.gz';
    const whole = gzipSync('{"warnings":{},"errors":{}}');
    const cases = [
      whole.subarray(0, whole.length - 9),
      Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)]),
      Buffer.from('{"warnings":{}}'),
      Buffer.alloc(0),
      gzipSync('{'),
      gzipSync('{"warnings":["x"]}'),
      gzipSync('[]'),
    ];
    for (const body of cases) {
      await store.put(key, body);
      await assert.rejects(
        readBackupResults(store, 'bad'),
        { code: 'archive.corrupt-file' },
        body.toString('latin1'),
      );
    }
    await store.put('backups/bad/bad-logs.gz', Buffer.from('no gzip'));
    await assert.rejects(all(readBackupLog(store, 'bad')), { code: 'archive.corrupt-file' });
  });
});

test('a log is read as it comes, and can be left', async () => {
  await inStore(async store => {
    await store.put('backups/long/velero-backup.json', metadataOf('long'));
    const text = Buffer.from('time="x" level=info msg="line"\n'.repeat(100_000));
    await store.put('backups/long/long-logs.gz', inChunks(gzipSync(text), 1000));
    assert.deepEqual(await collect(readBackupLog(store, 'long')), text);
    for await (const chunk of readBackupLog(store, 'long')) {
      assert.ok(chunk.length > 0);
      break;
    }
  });
});
