import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { HeldClock } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import { withLock } from '#repository/restic/access/lock.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';

const password = 'secret';
const writing = { identity: ownIdentity(), clock: systemClock };

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-locks-'));
});
after(() => rm(directory, { recursive: true }));

async function newRepository(name: string): Promise<OpenRepository> {
  const store = new FilesystemStore(join(directory, name));
  return initRestic(store, { password: Buffer.from(password), ...writing });
}

async function lockIds({ store }: OpenRepository): Promise<string[]> {
  return (await Array.fromAsync(store.list('locks/'))).map(({ key }) => key);
}

test('a lock is renewed while it is held', async () => {
  const repository = await newRepository('renewed');
  const clock = new HeldClock(new Date().toISOString());
  await withLock(repository, { ...writing, exclusive: false, clock }, async () => {
    const [first] = await lockIds(repository);
    clock.advance(5 * 60_000 + 1);
    for (let now = await lockIds(repository); now.length !== 1 || now[0] === first; ) {
      await setImmediate();
      now = await lockIds(repository);
    }
  });
  assert.deepEqual(await lockIds(repository), []);
});
