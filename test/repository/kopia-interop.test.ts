import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { rounds, soakFactor } from '#testbed/soak.ts';
import { hozonOn } from './hozon.ts';
import {
  assertSameSnapshots,
  hozon,
  type KopiaProgram,
  type KopiaProgramOn,
  type KopiaTaken,
  kopia,
  kopiaFor,
  kopiaPassword,
} from './kopia-programs.ts';
import { changeKopiaTree, writeKopiaTree } from './kopia-tree.ts';
import { assertSameFacts, type Facts, factsOf } from './same-trees.ts';

/* What one program writes into a kopia repository, the other verifies, restores exactly, and goes on with. */

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-interop-'));
});
after(() => rm(directory, { recursive: true }));

/** A snapshot, and what it holds. */
interface Taken extends KopiaTaken {
  readonly facts: Map<string, Facts>;
}

/** The reader finds everything in order, and restores these snapshots as they were. */
async function assertRestored(snapshots: readonly Taken[], from: KopiaProgramOn): Promise<void> {
  await from.verify();
  for (const { id, facts } of snapshots) {
    const target = await mkdtemp(join(directory, 'target-'));
    await from.restore(id, target);
    assertSameFacts(comparable(await factsOf(target), from), comparable(facts, from));
    await rm(target, { recursive: true });
  }
}

/** Without the root, which each program leaves as the directory that it restored into. */
function below(facts: Map<string, Facts>): Map<string, Facts> {
  return new Map([...facts].filter(([path]) => path !== ''));
}

const [directoryType, symlinkType] = [4, 10];

/** kopia gives a directory that it restores the time of the latest entry in it, not its own, and a symlink its own, rounded up to microseconds. */
function comparable(facts: Map<string, Facts>, { keepsTimes }: KopiaProgramOn): Map<string, Facts> {
  if (keepsTimes) return below(facts);
  const coarse = (type: number, mtime: bigint): bigint => {
    if (type === directoryType) return 0n;
    return type === symlinkType ? (mtime + 999n) / 1000n : mtime;
  };
  return new Map(
    [...below(facts)].map(([path, each]) => [path, { ...each, mtime: coarse(each.type, each.mtime) }]),
  );
}

async function packBytes(place: string): Promise<number> {
  let size = 0;
  for await (const info of new FilesystemStore(place).list('')) {
    if (/^[pq]\//.test(info.key)) size += info.size;
  }
  return size;
}

/** What files and directories consist of, the packs that the index names, and those that there are. */
async function contentsAndPacks(
  place: string,
): Promise<Record<'contents' | 'named' | 'stored', Set<string>>> {
  const store = new FilesystemStore(place);
  const repository = await openKopia(store, { password: Buffer.from(kopiaPassword) });
  const entries = [...(await loadContents(repository)).index.entries()];
  const stored = new Set<string>();
  for await (const { id } of repository.blobs.list('p')) stored.add(id);
  return {
    contents: new Set(entries.flatMap(({ id }) => (id.startsWith('m') ? [] : [id]))),
    named: new Set(entries.map(({ pack }) => pack)),
    stored,
  };
}

function historyTests(writing: KopiaProgram, reading: KopiaProgram): void {
  let place: string;
  let source: string;
  let writer: KopiaProgramOn;
  let reader: KopiaProgramOn;
  const taken: Taken[] = [];
  before(async () => {
    const own = await mkdtemp(join(directory, 'history-'));
    place = join(own, 'repository');
    source = join(own, 'source');
    await mkdir(source);
    await writeKopiaTree(source);
    await mkdir(place);
    await writing.create(place);
    writer = await writing.on(place);
    reader = await reading.on(place);
  });
  after(async () => {
    await writer[Symbol.asyncDispose]();
    await reader[Symbol.asyncDispose]();
  });

  async function snapshot(): Promise<void> {
    taken.push({ ...(await writer.snapshot(source)), facts: await factsOf(source) });
  }

  test('a first snapshot', async () => {
    await snapshot();
    await assertRestored(taken, reader);
  });

  test('the other makes the same objects of it, and finds nothing to add', async () => {
    const size = await packBytes(place);
    const theirs = await reader.snapshot(source);
    assert.equal(theirs.root, taken[0]?.root);
    assert.ok((await packBytes(place)) - size < 20_000);
    await reader.delete(theirs.id);
    await assertSameSnapshots(writer, reader);
  });

  test('snapshots with changes between them', async () => {
    await changeKopiaTree(source);
    await snapshot();
    await writeFile(join(source, 'last'), randomBytes(70_000));
    await snapshot();
    await assertRestored(taken.slice(1), reader);
    await assertSameSnapshots(writer, reader);
  });

  test('what the policies expire', async () => {
    await using program = await kopiaFor(place);
    await program.connect();
    const kept = ['latest=2', 'hourly=0', 'daily=0', 'weekly=0', 'monthly=0', 'annual=0'];
    await program.run(['policy', 'set', '--global', ...kept.map(each => `--keep-${each}`)]);
    await writer.expire();
    assert.deepEqual(
      (await reader.list()).toSorted(),
      taken
        .slice(1)
        .map(({ id }) => id)
        .toSorted(),
    );
    taken.shift();
    await assertRestored(taken.slice(-1), reader);
  });

  test('what was maintained', async () => {
    const other = join(source, '../other');
    await mkdir(other);
    await writeFile(join(other, 'random'), randomBytes(25_000_000));
    const before = await contentsAndPacks(place);
    const { id } = await writer.snapshot(other);
    const { contents: after } = await contentsAndPacks(place);
    const added = [...after].filter(each => !before.contents.has(each));
    assert.ok(added.length > 3, added.join(' '));
    await reader.delete(id);
    /*
     * Sizes say nothing: kopia moves contents that it is about to drop, too, and a pack into which they come by chance with others is
     * not looked at again. Its rules know seconds: what was deleted in the second of a cycle is left to the next one.
     */
    const left = async (): Promise<readonly string[]> => {
      const { contents, named, stored } = await contentsAndPacks(place);
      return [...added.filter(each => contents.has(each)), ...[...stored].filter(each => !named.has(each))];
    };
    for (let cycle = 0; cycle < 2 || (cycle < 6 && (await left()).length > 0); cycle++) {
      await writer.maintain();
    }
    assert.deepEqual(await left(), [], 'what nothing needs is still there');
    await assertRestored(taken, reader);
    await reader.maintain();
    await writer.verify();
    await assertRestored(taken.slice(-1), reader);
  });

  test('what was copied', async () => {
    const copy = `${place}-copy`;
    await mkdir(copy);
    await reading.create(copy);
    const env = { RESTIC_FROM_PASSWORD: kopiaPassword };
    await hozonOn(copy, kopiaPassword).run(['copy', '--from-repo', place], { env });
    await using from = await reading.on(copy);
    const ids = await from.list();
    assert.equal(ids.length, taken.length);
    await from.verify();
    const restored = await Promise.all(ids.map(id => restoredBy(from, id)));
    for (const { facts } of taken) {
      const names = JSON.stringify([...below(facts).keys()]);
      const same = restored.find(each => JSON.stringify([...each.keys()]) === names);
      assert.ok(same !== undefined);
      assertSameFacts(same, comparable(facts, from));
    }
  });

  test('what both went on with, in turns', async () => {
    const turns = Array.from({ length: rounds(1) }, () => [reader, writer]).flat();
    for (const [turn, each] of turns.entries()) {
      await writeFile(join(source, `turn ${turn}`), randomBytes(30_000));
      taken.push({ ...(await each.snapshot(source)), facts: await factsOf(source) });
    }
    await writer.maintain();
    await assertRestored(taken.slice(-2), reader);
    await assertRestored(taken.slice(-2), writer);
    await assertSameSnapshots(writer, reader);
  });
}

async function restoredBy(from: KopiaProgramOn, id: string): Promise<Map<string, Facts>> {
  const target = await mkdtemp(join(directory, 'copied-'));
  await from.restore(id, target);
  return comparable(await factsOf(target), from);
}

describe('what kopia wrote, Hozon reads', () => historyTests(kopia, hozon));
describe('what Hozon wrote, kopia reads', () => historyTests(hozon, kopia));

test('several of both write at once', async () => {
  const own = await mkdtemp(join(directory, 'together-'));
  const place = join(own, 'repository');
  await mkdir(place);
  await kopia.create(place);
  const shared = randomBytes(6_000_000);
  const writers = [kopia, hozon, kopia, hozon];
  const taken = await Promise.all(
    writers.map(async (program, at) => {
      const source = join(own, `source ${at}`);
      await mkdir(source);
      await writeFile(join(source, 'shared'), shared);
      for (let file = 0; file < 50; file++) await writeFile(join(source, `${file}`), randomBytes(20_000));
      await using writer = await program.on(place);
      return { ...(await writer.snapshot(source)), facts: await factsOf(source) };
    }),
  );
  for (const program of [kopia, hozon]) {
    await using reader = await program.on(place);
    assert.deepEqual((await reader.list()).toSorted(), taken.map(({ id }) => id).toSorted());
    await assertRestored(taken, reader);
  }
});

/**
 * Splitters, hashes and encryptions of every family that kopia offers, in few repositories: three of them unless `HOZON_SOAK` asks for
 * all. `size` is that of a file which is cut several times.
 */
const choices = [
  { size: 4_000_000, splitter: 'FIXED-1M', hash: 'BLAKE2B-256', encryption: 'CHACHA20-POLY1305-HMAC-SHA256' },
  {
    size: 9_000_000,
    splitter: 'DYNAMIC-1M-RABINKARP',
    hash: 'HMAC-SHA256-128',
    encryption: 'AES256-GCM-HMAC-SHA256',
  },
  {
    size: 6_000_000,
    splitter: 'DYNAMIC-512K-BUZHASH',
    hash: 'BLAKE3-256',
    encryption: 'CHACHA20-POLY1305-HMAC-SHA256',
  },
  {
    size: 18_000_000,
    splitter: 'DYNAMIC-2M-BUZHASH',
    hash: 'BLAKE2S-256',
    encryption: 'AES256-GCM-HMAC-SHA256',
  },
  {
    size: 50_000_000,
    splitter: 'DYNAMIC-8M-RABINKARP',
    hash: 'HMAC-SHA3-224',
    encryption: 'AES256-GCM-HMAC-SHA256',
  },
] as const;

for (const [at, { size, ...choice }] of choices.slice(0, soakFactor() === 1 ? 3 : choices.length).entries()) {
  test(`both cut, hash and seal alike: ${Object.values(choice).join(', ')}`, async () => {
    const own = await mkdtemp(join(directory, 'choice-'));
    const [source, place] = [join(own, 'source'), join(own, 'repository')];
    await mkdir(join(source, 'text'), { recursive: true });
    await writeFile(join(source, 'random'), randomBytes(size));
    await writeFile(join(source, 'zeros'), Buffer.alloc(5_000_000));
    await writeFile(join(source, 'text/lines'), 'line after line\n'.repeat(200_000));
    await mkdir(place);
    const programs = at % 2 === 0 ? [kopia, hozon] : [hozon, kopia];
    await programs[0]?.create(place, choice);
    const roots = new Set<string>();
    for (const program of programs) {
      await using each = await program.on(place);
      const { id, root } = await each.snapshot(source);
      roots.add(root);
      await using other = await (program === kopia ? hozon : kopia).on(place);
      await assertRestored([{ id, root, facts: await factsOf(source) }], other);
    }
    assert.equal(roots.size, 1, [...roots].join(' '));
  });
}
