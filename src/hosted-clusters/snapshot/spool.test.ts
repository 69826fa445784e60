import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSpool, makeSpool, newSpoolId, removeSpool, spoolPath } from './spool.ts';

test('a spool is for its owner alone, and gone when it is removed', async () => {
  const base = await mkdtemp(join(tmpdir(), 'hozon-spool-test-'));
  try {
    const id = newSpoolId();
    const path = await makeSpool(base, id);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.equal(await isSpool(path), true);
    await writeFile(join(path, 'etcd-0.db'), 'x');
    await chmod(path, 0o755);
    assert.equal(await isSpool(path), false);
    await removeSpool(base, id);
    assert.equal(await isSpool(path), false);
    await removeSpool(base, id);
  } finally {
    await rm(base, { recursive: true });
  }
});

test('an id that came from elsewhere leads nowhere else', () => {
  for (const id of ['', '..', '../../etc', 'abcdef0123456789/..', 'ABCDEF0123456789'])
    assert.throws(() => spoolPath('/var/tmp', id), { code: 'hosted-cluster.journal-unreadable' });
  assert.equal(spoolPath('/var/tmp', 'abcdef0123456789'), '/var/tmp/hozon-spool-abcdef0123456789');
});
