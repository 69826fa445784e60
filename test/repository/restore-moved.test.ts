import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { restoreKopiaSnapshot } from '#repository/kopia/restore/restore.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { restoreSnapshot } from '#repository/restic/restore/restore.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ByteRange, ObjectStore, ReadOptions, StoredBody } from '#storage/object-store.ts';
import { stockKopia } from '#testbed/kopia.ts';
import { stockRestic } from '#testbed/restic.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { assertSameFacts, factsOf } from './same-trees.ts';

/** Another program moves everything to other packs while a restore is at work, and removes those that it began with. */

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-moved-'));
});
after(() => rm(directory, { recursive: true }));

/** When it happens: before the first directory is read, or before the first content of a file is. */
const moments = ['directory', 'content'] as const;
type Moment = (typeof moments)[number];

/** A location in which something happens at a moment of a restore. */
class MeanwhileStore extends FilesystemStore {
  readonly #isPack: (key: string) => boolean;
  readonly #moment: Moment;
  readonly #happens: () => Promise<void>;
  #happened: Promise<void> | undefined;

  constructor(place: string, isPack: (key: string) => boolean, moment: Moment, happens: () => Promise<void>) {
    super(place);
    this.#isPack = isPack;
    this.#moment = moment;
    this.#happens = happens;
  }

  get happened(): boolean {
    return this.#happened !== undefined;
  }

  override async getRange(key: string, range: ByteRange, options?: ReadOptions): Promise<StoredBody> {
    if (this.#moment === 'directory') await this.#at(key);
    return super.getRange(key, range, options);
  }

  override async pathOf(key: string): Promise<string | undefined> {
    const path = await super.pathOf(key);
    await this.#at(key);
    return path;
  }

  async #at(key: string): Promise<void> {
    if (this.#isPack(key)) await (this.#happened ??= this.#happens());
  }
}

async function packsOf(store: ObjectStore, isPack: (key: string) => boolean): Promise<string[]> {
  const objects = await Array.fromAsync(store.list(''));
  return objects.map(({ key }) => key).filter(isPack);
}

/** Files in some directories; of another tree, some are the same. */
async function writeTree(root: string, same: readonly Buffer[]): Promise<void> {
  for (const [number, bytes] of same.entries()) {
    const below = join(root, `directory ${number % 5}`);
    await mkdir(below, { recursive: true });
    await writeFile(join(below, `same ${number}`), bytes);
    await writeFile(join(below, `own ${number}`), randomBytes(5000));
  }
}

/** Two trees, of which the second is restored. */
async function twoTrees(name: string): Promise<readonly [string, string]> {
  const same = Array.from({ length: 40 }, () => randomBytes(20_000));
  const [first, second] = [join(directory, `${name}-first`), join(directory, `${name}-second`)];
  await writeTree(first, same);
  await writeTree(second, [...same, randomBytes(3_000_000)]);
  return [first, second];
}

for (const moment of moments) {
  test(`restic prunes and packs everything anew before the first ${moment} is read`, async () => {
    const place = join(directory, `restic-${moment}`);
    const [first, second] = await twoTrees(`restic-${moment}`);
    await makeQuickRepository(new FilesystemStore(place));
    await using restic = await stockRestic({ repository: place, password: quickPassword, version: 'new' });
    const isPack = (key: string): boolean => key.startsWith('data/');
    const plain = new FilesystemStore(place);
    await restic.run(['backup', first, second]);
    const packs = await packsOf(plain, isPack);
    await restic.run(['backup', second]);
    const store = new MeanwhileStore(place, isPack, moment, async () => {
      const [gone] = JSON.parse(await restic.run(['snapshots', '--json', '--path', first])) as {
        id: string;
      }[];
      await restic.run(['forget', gone?.id ?? '']);
      await restic.run(['prune', '--max-unused', '0']);
    });
    const open = await openRestic(store, { password: Buffer.from(quickPassword) });
    const repository = await loadIndex(open);
    const snapshot = await findSnapshot(open, 'latest');
    const target = join(directory, `restic-${moment}-target`);
    const { failed } = await restoreSnapshot(repository, snapshot, { target, below: second });
    assert.ok(store.happened);
    const left = await packsOf(plain, isPack);
    assert.deepEqual(
      packs.filter(pack => left.includes(pack)),
      [],
    );
    assert.equal(failed, 0);
    await assertRestored(target, second);
  });

  test(`kopia's maintenance packs everything anew before the first ${moment} is read`, async () => {
    const place = join(directory, `kopia-${moment}`);
    const [first, second] = await twoTrees(`kopia-${moment}`);
    await using kopia = await stockKopia({ storage: { path: place }, password: 'kopia' });
    await kopia.create(['--object-splitter=DYNAMIC-128K-BUZHASH']);
    const ids: string[] = [];
    for (const tree of [first, second]) {
      ids.push(((await kopia.json(['snapshot', 'create', tree])) as { readonly id: string }).id);
    }
    const isPack = (key: string): boolean => /^[pq]/.test(key);
    const plain = new FilesystemStore(place);
    const packs = await packsOf(plain, isPack);
    const store = new MeanwhileStore(place, isPack, moment, async () => {
      await kopia.run(['snapshot', 'delete', ids[0] ?? '', '--delete']);
      await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
    });
    const repository = await loadContents(await openKopia(store, { password: Buffer.from('kopia') }));
    const snapshot = await findKopiaSnapshot(repository, ids[1] ?? '');
    const target = join(directory, `kopia-${moment}-target`);
    const { failed } = await restoreKopiaSnapshot(repository, snapshot, { target });
    assert.ok(store.happened);
    const left = await packsOf(plain, isPack);
    assert.deepEqual(
      packs.filter(pack => left.includes(pack)),
      [],
    );
    assert.equal(failed, 0);
    await assertRestored(target, second);
  });
}

/** A tree without its root, which is the person's. */
async function assertRestored(target: string, source: string): Promise<void> {
  const [actual, expected] = [await factsOf(target), await factsOf(source)];
  for (const facts of [actual, expected]) facts.delete('');
  assertSameFacts(actual, expected);
}
