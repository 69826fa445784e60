import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { openBackup } from '#archive/stored/backups.ts';
import { systemClock } from '#foundation/clock.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { Body, ObjectStore } from '#storage/object-store.ts';
import { createBackup } from './create-backup.ts';
import { generatedCluster } from './testing/generated-cluster.ts';

async function inDirectory<T>(action: (store: ObjectStore) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'hozon-backup-'));
  try {
    return await action(new FilesystemStore(path));
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function runInto(store: ObjectStore, cluster: ReturnType<typeof generatedCluster>) {
  const events: ProgressEvent[] = [];
  const outcome = await createBackup(
    { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'large' }, spec: {} },
    {
      api: cluster.api,
      store,
      locationName: 'default',
      identity: await readRunIdentity(),
      clock: systemClock,
      veleroNamespace: 'velero',
      progress: event => void events.push(event),
    },
  );
  return { ...outcome, events };
}

/** The store, whose reading of the archive's bytes is watched: `onBytes` gets what was read so far before more is. */
function watchingArchive(inner: ObjectStore, onBytes: (read: number) => void): ObjectStore {
  async function* watched(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let read = 0;
    for await (const chunk of body) {
      read += chunk.length;
      yield chunk;
      // The reader lags: whatever the collecting may do in the meantime, it does.
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => void setImmediate(resolve));
      onBytes(read);
    }
  }
  const put: ObjectStore['put'] = (key: string, body: Body, options) =>
    inner.put(key, key.endsWith('.tar.gz') && Symbol.asyncIterator in body ? watched(body) : body, options);
  return new Proxy(inner, {
    get: (target, property) => {
      if (property === 'put') return put;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

suite('a backup of many objects', () => {
  test('draws objects no faster than the store takes them, few lists at a time', () =>
    inDirectory(async inner => {
      const bytes = 4000;
      const cluster = generatedCluster(
        { pods: 1000, configmaps: 2000, secrets: 2000, 'widgets.example.com': 1000, nodes: 500 },
        bytes,
      );
      const total = 6500;
      let most = 0;
      const store = watchingArchive(inner, read => {
        // Hexadecimal text takes at least half its bytes, however it is compressed.
        const stored = read / (bytes / 2);
        most = Math.max(most, cluster.asked.yielded - stored);
      });
      const { backup, events } = await runInto(store, cluster);
      assert.equal(cluster.asked.yielded, total);
      assert.ok(most * bytes < 8 * 1024 * 1024, `${most} objects of ${total} were ahead of the store`);
      assert.ok(cluster.asked.mostAtOnce <= 4, `${cluster.asked.mostAtOnce} lists at once`);
      assert.equal(backup.status?.phase, 'Completed');
      assert.equal(backup.status?.progress?.itemsBackedUp, total + 1);
      assert.equal(events.findLast(({ phase }) => phase === 'collect')?.done, total + 1);
      await using archive = await openBackup(inner, 'large');
      assert.equal(archive.size, total + 1);
    }));
});
