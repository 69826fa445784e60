import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityText, ownIdentity } from '#repository/kopia/access/identity.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { maintainKopia } from '#repository/kopia/upkeep/maintain.ts';
import { safetyLevels } from '#repository/kopia/upkeep/safety.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { pruneRestic } from '#repository/restic/upkeep/prune.ts';
import { type Abandoned, nothingAbandoned } from '#repository/upkeep/abandon-unfinished.ts';
import { raise } from '#storage/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { all } from '#storage/testing/contents.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';
import { sharedObjectStore } from '#testbed/shared.ts';
import { inNewBucket } from '../storage/s3-subject.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

const password = Buffer.from(quickPassword);
const id = 'ab'.repeat(32);
const unneeded = `data/ef/${'ef'.repeat(32)}`;
const session = `${'cd'.repeat(16)}-s0123456789abcdef`;

/** A repository of a format, the key of a pack of it, and its upkeep: what became of interrupted writes, and whether it did its work. */
interface Format {
  readonly make: (store: ObjectStore) => Promise<void>;
  readonly pack: (store: ObjectStore) => Promise<string>;
  readonly keepUp: (store: ObjectStore, dryRun?: boolean) => Promise<Abandoned & { readonly done: boolean }>;
}

const formats: Readonly<Record<string, Format>> = {
  restic: {
    make: async store => {
      await makeQuickRepository(store);
      await store.put(unneeded, Buffer.from('a pack that no index names'));
    },
    pack: async () => `data/ab/${id}`,
    keepUp: async (store, dryRun = false) => {
      const { abandoned, notAbandoned } = await pruneRestic(await openRestic(store, { password }), {
        dryRun,
      });
      return { abandoned, notAbandoned, done: (await store.head(unneeded)) === undefined };
    },
  },
  kopia: {
    make: async store => void (await initKopia(store, { password, owner: identityText(ownIdentity()) })),
    pack: async store => (await openKopia(store, { password })).blobs.keyOf(`p${session}`),
    keepUp: async (store, dryRun = false) => {
      const how = { mode: 'quick', safety: safetyLevels.full, identity: ownIdentity(), dryRun } as const;
      const report = await maintainKopia(await openKopia(store, { password }), how);
      const { abandoned, notAbandoned, tasks } = report;
      return { abandoned, notAbandoned, done: tasks.length > 0 };
    },
  },
};

async function keysLeft(store: ObjectStore): Promise<readonly string[]> {
  return (await all(store.unfinished(''))).map(({ key }) => key);
}

/** The store, but for these methods. */
function instead(store: ObjectStore, methods: Partial<ObjectStore>): ObjectStore {
  return new Proxy(store, {
    get: (_, name) => {
      const found: unknown = Reflect.get(name in methods ? methods : store, name);
      return typeof found === 'function' ? found.bind(store) : found;
    },
  });
}

/** As the store will be after some days in which nothing happens to unfinished writes. */
function daysLater(store: ObjectStore, days: number): ObjectStore {
  return instead(store, {
    unfinished: async function* (prefix: string, options?: StoreOptions) {
      for await (const write of store.unfinished(prefix, options)) {
        yield { ...write, begun: new Date(write.begun.getTime() - days * 24 * 60 * 60_000) };
      }
    },
  });
}

const gone = (abandoned: number) => ({ abandoned, notAbandoned: [], done: true });

for (const [name, { make, pack, keepUp }] of Object.entries(formats)) {
  test(`${name}: upkeep removes what a killed writer left in a directory`, async () => {
    await inTemporaryDirectory()(async ({ store, leaveUnfinished = async () => {} }) => {
      await make(store);
      const key = await pack(store);
      await leaveUnfinished(key);
      const { abandoned, notAbandoned } = await keepUp(store, true);
      assert.deepEqual({ abandoned, notAbandoned }, nothingAbandoned);
      assert.deepEqual(await keysLeft(store), [key]);
      assert.deepEqual(await keepUp(store), gone(1));
      assert.deepEqual(await keysLeft(store), []);
    });
  });

  test(`${name}: upkeep whose location keeps what writers left has done the rest, and tries again`, async () => {
    await inTemporaryDirectory()(async ({ store, leaveUnfinished = async () => {} }) => {
      await make(store);
      const key = await pack(store);
      await leaveUnfinished(key);
      const error = raise.failed({ url: store.url, reason: 'ENOTEMPTY: rmdir' });
      const keeping = instead(store, { abandon: () => Promise.reject(error) });
      assert.deepEqual(await keepUp(keeping), {
        abandoned: 0,
        notAbandoned: [{ file: key, error }],
        done: true,
      });
      assert.deepEqual(await keepUp(store), gone(1));
    });
  });

  test(`${name}: upkeep aborts uploads to a bucket that began more than a day ago, and no others`, async () => {
    const server = await sharedObjectStore();
    await inNewBucket({ server: () => server, prefix: 'hosts' })(
      async ({ store, leaveUnfinished = async () => {} }) => {
        await make(store);
        const key = await pack(store);
        await leaveUnfinished(key);
        await leaveUnfinished('films/of-others.mp4');
        assert.deepEqual(await keepUp(store), gone(0));
        assert.deepEqual((await keysLeft(store)).toSorted(), [key, 'films/of-others.mp4'].toSorted());
        assert.deepEqual(await keepUp(daysLater(store, 2)), gone(1));
        assert.deepEqual(await keysLeft(store), ['films/of-others.mp4']);
      },
    );
  });
}
