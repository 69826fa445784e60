import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { keyDocument, readKeys } from './keys.ts';
import type { SnapshotWork } from './work.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'current' }, data: { key } };

/** What is asked of the work, with this Secret alone. */
function workWith(found: KubeObject | undefined): SnapshotWork {
  const cluster = {
    key: { namespace: 'clusters', name: 'west' },
    secretEncryption: { type: 'aescbc', activeKey: 'current', backupKey: undefined },
  };
  const work = { api: { get: async () => found }, cluster, target: { dated: false } };
  return work as unknown as SnapshotWork;
}

const run = { signal: new AbortController().signal, resultOf: () => undefined };

test('the key is stored as it lies in its Secret', async () => {
  const document = JSON.parse(Buffer.from(await keyDocument(workWith(secret), run)).toString());
  assert.deepEqual(document.items[0].data, { key });
  assert.equal(document.items[0].metadata.annotations['hozon.dev/snapshot'], 'west-snapshot.db');
});

test('a Secret that is gone by then, or holds no key, is refused and not stored empty', async () => {
  for (const read of [readKeys, keyDocument]) {
    await assert.rejects(read(workWith(undefined), run), { code: 'hosted-key.secret-missing' });
    await assert.rejects(read(workWith({ ...secret, data: {} }), run), { code: 'hosted-key.unreadable' });
  }
});
