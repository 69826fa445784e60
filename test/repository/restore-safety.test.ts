import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Arbitrary,
  assert as assertProperty,
  asyncProperty,
  integer,
  record,
  subarray,
} from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { readBlob } from '#repository/restic/access/blobs.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { findTree } from '#repository/restic/reading/browse.ts';
import { restoreSnapshot } from '#repository/restic/restore/restore.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { retrying } from '#storage/retrying.ts';
import { faulty, seededFaults } from '#storage/testing/faulty.ts';
import { stockRestic } from '#testbed/restic.ts';
import { rounds } from '#testbed/soak.ts';
import { CraftedRepository, openQuick } from './crafted.ts';
import { distorted } from './distorted.ts';
import { makeNode, setAttribute } from './file-calls.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { assertSameFacts, type Facts, factsOf } from './same-trees.ts';

let directory: string;
let source: string;
let expected: Map<string, Facts>;
let sound: MemoryStore;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restore-safety-'));
  source = join(directory, 'source');
  await writeOneOfEach(source);
  expected = await factsOf(source);
  const place = join(directory, 'repository');
  await makeQuickRepository(new FilesystemStore(place));
  await using restic = await stockRestic({ repository: place, password: quickPassword, version: 'new' });
  await restic.run(['backup', source]);
  sound = await MemoryStore.copyOf(new FilesystemStore(place));
});
after(() => rm(directory, { recursive: true }));

/** The names that {@link writeOneOfEach} gives to what is at the top. */
const names = ['device', 'directory', 'fifo', 'file', 'large', 'linked', 'symlink'];

async function writeOneOfEach(root: string): Promise<void> {
  await mkdir(join(root, 'directory/below'), { recursive: true });
  await writeFile(join(root, 'directory/below/file'), 'content');
  await writeFile(join(root, 'file'), randomBytes(1000));
  await writeFile(join(root, 'large'), randomBytes(3_000_000));
  await link(join(root, 'file'), join(root, 'linked'));
  await symlink('../outside', join(root, 'symlink'));
  makeNode(Buffer.from(join(root, 'fifo')), constants.S_IFIFO | 0o600);
  makeNode(Buffer.from(join(root, 'device')), constants.S_IFCHR | 0o600, 0xfff_ffn);
  setAttribute(Buffer.from(join(root, 'file')), 'user.attribute', Buffer.from('value'));
}

/** Restores the source's directory of the latest snapshot. */
async function restore(store: ObjectStore, target: string, below = source): Promise<number> {
  const repository = await openQuick(store);
  const snapshot = await findSnapshot(repository, 'latest');
  const { failed, incomplete } = await restoreSnapshot(repository, snapshot, { target, below, threads: 1 });
  return failed + incomplete;
}

test('whatever a snapshot says and whatever lies in the target, nothing outside it is touched', async () => {
  const repository = await openQuick(sound);
  const tree = await findTree(repository, await findSnapshot(repository, 'latest'), { path: source });
  const plain = await readBlob(repository, 'tree', tree);
  const anything = record({ text: distorted(plain), inTheWay: subarray(names) });
  const safe = asyncProperty(anything, async ({ text, inTheWay }) => {
    const crafted = new CraftedRepository({ ...repository, store: new MemoryStore(sound.files) });
    const [root = ''] = await crafted.blobs('tree', [text]);
    for (const key of sound.files.keys())
      if (key.startsWith('snapshots/')) await crafted.opened.store.delete(key);
    await crafted.snapshot(root);
    await besideOutside(inTheWay, async target => {
      await restore(crafted.opened.store, target, '/').catch(thrown =>
        assert.ok(isHozonError(thrown), thrown),
      );
    });
  });
  await assertProperty(safe, { numRuns: rounds(40) });
});

/** Does something in a directory that holds symlinks to a place outside, at which nothing may change. */
async function besideOutside(
  inTheWay: readonly string[],
  work: (target: string) => Promise<void>,
): Promise<void> {
  const place = await mkdtemp(join(directory, 'place-'));
  const outside = join(place, 'outside');
  await mkdir(join(outside, 'below'), { recursive: true });
  await writeFile(join(outside, 'file'), 'precious');
  await mkdir(join(place, 'target'));
  for (const name of inTheWay) await symlink('../outside', join(place, 'target', name));
  const before = await factsOf(outside);
  await work(join(place, 'target'));
  assertSameFacts(await factsOf(outside), before);
  assert.deepEqual((await readdir(place)).sort(), ['outside', 'target']);
  await rm(place, { recursive: true });
}

test('a store whose calls fail yields what was stored, or says what it did not restore', async () => {
  const safe = asyncProperty(integer(), async seed => {
    const target = await mkdtemp(join(directory, 'target-'));
    const store = faulty(sound, seededFaults(seed, 0.1));
    const problems = await restore(store, target).catch(saysSo);
    await assertNothingWrong(target, problems);
    await rm(target, { recursive: true });
  });
  await assertProperty(safe, { numRuns: rounds(20) });
});

test('a store whose calls fail for a moment yields what was stored', async () => {
  const safe = asyncProperty(integer(), async seed => {
    const target = await mkdtemp(join(directory, 'target-'));
    const impatient = { backoff: { attempts: 8, firstDelay: 1, maxDelay: 4 } };
    assert.equal(await restore(retrying(faulty(sound, seededFaults(seed, 0.2)), impatient), target), 0);
    assertSameFacts(await factsOf(target), withoutRoot(expected, await factsOf(target)));
    await rm(target, { recursive: true });
  });
  await assertProperty(safe, { numRuns: rounds(5) });
});

test('a store that gives other bytes yields what was stored, or says what it did not restore', async () => {
  const safe = asyncProperty(damages(), async ({ file, at, bit }) => {
    const keys = [...sound.files.keys()];
    const key = keys[file % keys.length] ?? '';
    const bytes = Uint8Array.from(sound.files.get(key) ?? []);
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
    const target = await mkdtemp(join(directory, 'target-'));
    await assertNothingWrong(target, await restore(sound.with(key, bytes), target).catch(saysSo));
    await rm(target, { recursive: true });
  });
  await assertProperty(safe, { numRuns: rounds(20) });
});

function damages(): Arbitrary<{ file: number; at: number; bit: number }> {
  return record({
    file: integer({ min: 0, max: 1000 }),
    at: integer({ min: 0, max: 10_000_000 }),
    bit: integer({ min: 0, max: 7 }),
  });
}

/** What is thrown is for people, and is as good as one problem. */
function saysSo(thrown: unknown): number {
  assert.ok(isHozonError(thrown), String(thrown));
  return 1;
}

/** Every file that has its name has its content; nothing is missing without a word. */
async function assertNothingWrong(target: string, problems: number): Promise<void> {
  const facts = await factsOf(target);
  if (problems === 0) assertSameFacts(facts, withoutRoot(expected, facts));
  for (const [path, { content, size }] of facts) {
    if (content === undefined) continue;
    const right = expected.get(path);
    assert.deepEqual({ content, size }, { content: right?.content, size: right?.size }, path);
  }
}

/** The directory that is restored into keeps what it was. */
function withoutRoot(all: ReadonlyMap<string, Facts>, facts: ReadonlyMap<string, Facts>): Map<string, Facts> {
  const root = facts.get('');
  return new Map([...all].map(([path, each]) => [path, path === '' && root !== undefined ? root : each]));
}
