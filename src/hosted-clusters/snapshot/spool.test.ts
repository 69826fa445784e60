import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  discardSpool,
  isSpool,
  makeSpool,
  newSpoolId,
  removeSpool,
  spooledElsewhere,
  spoolMemory,
  spoolPath,
} from './spool.ts';

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

test('a remembered spool that cannot be removed, or lies elsewhere, is told with its path', async () => {
  const base = await mkdtemp(join(tmpdir(), 'hozon-spool-test-'));
  try {
    const id = newSpoolId();
    const path = await makeSpool(base, id);
    const memory = spoolMemory(base, id);
    assert.equal(await discardSpool(base, memory), undefined);
    assert.equal(await isSpool(path), false);
    assert.equal(await discardSpool(base, memory), undefined);
    const bad = await discardSpool(base, { id: '../..', host: 'bastion', path: '/var/tmp/spool' });
    assert.match(bad?.en() ?? '', /by hand: \/var\/tmp\/spool on bastion/);
    const other = await discardSpool(base, { id, host: 'bastion', path });
    assert.match(other?.en() ?? '', /on bastion, .*: remove them there/);
    assert.equal(spooledElsewhere(base, memory), undefined);
    for (const away of [{ id, host: 'bastion', path }, spoolMemory('/elsewhere', id)])
      assert.match(spooledElsewhere(base, away)?.en() ?? '', /in .*hozon-spool-[0-9a-f]{16} on/);
    await writeFile(join(base, 'file'), 'x');
    const within = join(base, 'file');
    const blocked = await discardSpool(within, spoolMemory(within, id));
    assert.match(blocked?.en() ?? '', new RegExp(`by hand: ${within}`));
  } finally {
    await rm(base, { recursive: true });
  }
});
