import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findSnapshot, listSnapshots } from '#repository/restic/access/snapshots.ts';
import { findTree } from '#repository/restic/reading/browse.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { openQuick } from './crafted.ts';
import { writeEveryEntry } from './every-entry.ts';
import { hozonFor, type Program, type ProgramOn, restics } from './programs.ts';
import { makeQuickRepository } from './quick-repository.ts';
import { allocated, assertSameFacts, type Facts, factsOf } from './same-trees.ts';

/* What one program writes, the other checks, restores exactly, and goes on with. */

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-interop-'));
});
after(() => rm(directory, { recursive: true }));

for (const restic of restics) {
  const hozon = hozonFor(restic.version);
  describe(`what ${restic.name} wrote, Hozon reads`, () => historyTests(restic, hozon));
  describe(`what Hozon wrote, ${restic.name} reads`, () => historyTests(hozon, restic));
}

/** A snapshot, and what it holds. */
interface Taken {
  readonly id: string;
  readonly facts: Map<string, Facts>;
}

function historyTests(writing: Program, reading: Program): void {
  let place: string;
  let source: string;
  let writer: ProgramOn;
  let reader: ProgramOn;
  let taken: Taken[] = [];
  before(async () => {
    const own = await mkdtemp(join(directory, 'history-'));
    place = join(own, 'repository');
    source = join(own, 'source');
    await writeEveryEntry(source, writing.version);
    await makeQuickRepository(new FilesystemStore(place));
    writer = await writing.on(place);
    reader = await reading.on(place);
  });
  after(async () => {
    await writer[Symbol.asyncDispose]();
    await reader[Symbol.asyncDispose]();
  });

  async function backup(): Promise<void> {
    taken.push({ id: await writer.backup(source), facts: await factsOf(source) });
  }

  /** The reader finds everything in order, and restores these snapshots as they were. */
  async function assertRestored(snapshots: readonly Taken[], from = reader): Promise<void> {
    await from.check();
    for (const { id, facts } of snapshots) {
      const target = join(directory, 'target');
      await from.restore(id, target);
      assertSameFacts(await factsOf(join(target, source)), facts);
      await rm(target, { recursive: true });
    }
  }

  test('a first snapshot', async () => {
    await backup();
    await assertRestored(taken);
  });

  test('holes, where they are asked for', async () => {
    if (reading.version === 'debian' && reading.name !== 'Hozon') return; // 0.14 knows none
    const target = join(directory, 'target');
    await reader.restore(taken[0]?.id ?? '', target, ['--sparse', '--include', '/**/holes/*']);
    for (const name of ['in the middle', 'at the end', 'nothing else']) {
      const bytes = await allocated(join(target, source, 'holes', name));
      assert.ok(bytes < 2_500_000, `${name} takes ${bytes} bytes`);
    }
    await rm(target, { recursive: true });
  });

  test('the other finds nothing to add', async () => {
    const size = await packBytes(place);
    const theirs = await reader.backup(source);
    assert.equal(await treeAt(place, theirs, source), await treeAt(place, taken[0]?.id ?? '', source));
    // The directories above the source are stored too, and others work in them.
    assert.ok((await packBytes(place)) - size < 20_000);
    await reader.forget(theirs);
  });

  test('snapshots with changes between them', async () => {
    await change(source);
    await backup();
    await writeFile(join(source, 'last'), 'last');
    await backup();
    await assertRestored(taken.slice(1));
  });

  test('what was forgotten and pruned', async () => {
    await writer.forget(taken[0]?.id ?? '');
    taken = taken.slice(1);
    const size = await packBytes(place);
    await writer.prune();
    assert.ok((await packBytes(place)) < size - 1_000_000);
    await assertRestored(taken);
  });

  test('what was copied', async () => {
    const copy = `${place}-copy`;
    await makeQuickRepository(new FilesystemStore(copy));
    await using into = await writing.on(copy);
    await into.copyFrom(place);
    await using from = await reading.on(copy);
    assert.equal((await readdir(join(copy, 'snapshots'))).length, taken.length);
    const copied = taken
      .slice(-1)
      .map(async ({ id, facts }) => ({ id: await idOfCopy(place, copy, id), facts }));
    await assertRestored(await Promise.all(copied), from);
  });

  test('what lost its indexes and was repaired', async () => {
    for (const name of await readdir(join(place, 'index'))) await rm(join(place, 'index', name));
    await writer.repairIndex();
    await assertRestored(taken.slice(-1));
  });

  test('what both went on with', async () => {
    await appendFile(join(source, 'contents/one byte'), 'more');
    taken.push({ id: await reader.backup(source), facts: await factsOf(source) });
    await writer.prune();
    await reader.prune();
    await writer.check();
    await assertRestored(taken.slice(-1));
    await assertRestored(taken.slice(-1), writer);
  });
}

/** Bytes of all packs. */
async function packBytes(place: string): Promise<number> {
  let size = 0;
  for await (const info of new FilesystemStore(place).list('data/')) size += info.size;
  return size;
}

/** The id of the tree of a directory in a snapshot. */
async function treeAt(place: string, snapshot: string, path: string): Promise<string> {
  const repository = await openQuick(new FilesystemStore(place));
  return findTree(repository, await findSnapshot(repository, snapshot), { path });
}

/** The id that the copy of a snapshot has in another repository: it has the same time. */
async function idOfCopy(place: string, copy: string, id: string): Promise<string> {
  const { document } = await findSnapshot(await openQuick(new FilesystemStore(place)), id);
  const copies = await listSnapshots(await openQuick(new FilesystemStore(copy)));
  return copies.find(each => each.document.time === document.time)?.id ?? '';
}

/** Files are written, moved, removed, touched; directories come and go. */
async function change(source: string): Promise<void> {
  await appendFile(join(source, 'contents/many chunks'), 'more');
  await rename(join(source, 'contents/text'), join(source, 'contents/moved'));
  await rm(join(source, 'contents/the least chunk'));
  await rm(join(source, 'contents/a byte more'));
  await rm(join(source, 'links/elsewhere'), { recursive: true });
  await mkdir(join(source, 'new'));
  await writeFile(join(source, 'new/random'), randomBytes(2_000_000));
  await utimes(join(source, 'contents/empty'), 1, 2);
  await rm(join(source, 'attributes/file'));
  await symlink('labelled', join(source, 'attributes/file'));
}
