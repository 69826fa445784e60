import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { identityText, ownIdentity } from '#repository/kopia/access/identity.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { maintainKopia } from '#repository/kopia/upkeep/maintain.ts';
import { safetyLevels } from '#repository/kopia/upkeep/safety.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { pruneRestic } from '#repository/restic/upkeep/prune.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { all } from '#storage/testing/contents.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';
import { sharedObjectStore } from '#testbed/shared.ts';
import { inNewBucket } from '../storage/s3-subject.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

const password = Buffer.from(quickPassword);
const id = 'ab'.repeat(32);
const session = `${'cd'.repeat(16)}-s0123456789abcdef`;

/** A repository of a format, the key of a pack of it, and its upkeep: how many interrupted writes that gave up. */
interface Format {
  readonly make: (store: ObjectStore) => Promise<void>;
  readonly pack: (store: ObjectStore) => Promise<string>;
  readonly keepUp: (store: ObjectStore, clock: Clock, dryRun?: boolean) => Promise<number>;
}

const formats: Readonly<Record<string, Format>> = {
  restic: {
    make: makeQuickRepository,
    pack: async () => `data/ab/${id}`,
    keepUp: async (store, clock, dryRun = false) =>
      (await pruneRestic(await openRestic(store, { password }), { clock, dryRun })).abandoned,
  },
  kopia: {
    make: async store => void (await initKopia(store, { password, owner: identityText(ownIdentity()) })),
    pack: async store => (await openKopia(store, { password })).blobs.keyOf(`p${session}`),
    keepUp: async (store, clock, dryRun = false) => {
      const identity = ownIdentity();
      const how = { mode: 'quick', safety: safetyLevels.full, identity, clock, dryRun } as const;
      return (await maintainKopia(await openKopia(store, { password }), how)).abandoned;
    },
  },
};

async function keysLeft(store: ObjectStore): Promise<readonly string[]> {
  return (await all(store.unfinished(''))).map(({ key }) => key);
}

/** Some days from now, as far as waiting goes: what a repository itself compares with its location's time stays. */
function later(days: number): Clock {
  const ahead = days * 24 * 60 * 60_000;
  return { ...systemClock, now: () => new Date(systemClock.now().getTime() + ahead) };
}

for (const [name, { make, pack, keepUp }] of Object.entries(formats)) {
  test(`${name}: upkeep removes what a killed writer left in a directory`, async () => {
    await inTemporaryDirectory()(async ({ store, leaveUnfinished = async () => {} }) => {
      await make(store);
      const key = await pack(store);
      await leaveUnfinished(key);
      assert.equal(await keepUp(store, systemClock, true), 0);
      assert.deepEqual(await keysLeft(store), [key]);
      assert.equal(await keepUp(store, systemClock), 1);
      assert.deepEqual(await keysLeft(store), []);
    });
  });
}

test('restic: upkeep aborts uploads to a bucket that began more than a day ago, and no others', async () => {
  const server = await sharedObjectStore();
  const { make, pack, keepUp } = formats['restic'] ?? assert.fail();
  await inNewBucket({ server: () => server, prefix: 'hosts' })(
    async ({ store, leaveUnfinished = async () => {} }) => {
      await make(store);
      const key = await pack(store);
      await leaveUnfinished(key);
      await leaveUnfinished('films/of-others.mp4');
      assert.equal(await keepUp(store, systemClock), 0);
      assert.deepEqual((await keysLeft(store)).toSorted(), [key, 'films/of-others.mp4']);
      assert.equal(await keepUp(store, later(2)), 1);
      assert.deepEqual(await keysLeft(store), ['films/of-others.mp4']);
    },
  );
});
