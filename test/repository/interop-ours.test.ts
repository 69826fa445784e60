import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { findTree } from '#repository/restic/reading/browse.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, type ResticVersion, resticVersions, stockRestic } from '#testbed/restic.ts';
import { openQuick } from './crafted.ts';
import { writeEveryEntry } from './every-entry.ts';
import { type Hozon, hozonOn } from './hozon.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { assertSameFacts, type Facts, factsOf } from './same-trees.ts';

/** What we write, restic checks, restores and goes on with. */

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-interop-ours-'));
});
after(() => rm(directory, { recursive: true }));

for (const version of resticVersions) {
  describe(`with ${version} restic`, () => historyTests(version));
}

function historyTests(version: ResticVersion): void {
  let place: string;
  let source: string;
  let restic: Restic;
  let hozon: Hozon;
  /** Snapshots, and what they hold. */
  const taken: { readonly id: string; readonly facts: Map<string, Facts> }[] = [];
  before(async () => {
    place = join(directory, version);
    source = join(directory, `${version}-source`);
    await writeEveryEntry(source, version);
    await makeQuickRepository(new FilesystemStore(place));
    restic = await stockRestic({ repository: place, password: quickPassword, version });
    hozon = hozonOn(place);
  });
  after(() => restic[Symbol.asyncDispose]());

  async function snapshot(): Promise<void> {
    const { id } = JSON.parse(await hozon.run(['snapshot', source, '-o', 'json'])) as { id: string };
    taken.push({ id, facts: await factsOf(source) });
  }

  /** restic finds everything in order, and restores every snapshot as it was. */
  async function assertRestored(): Promise<void> {
    await restic.run(['check', '--read-data']);
    for (const { id, facts } of taken) {
      const target = join(directory, 'target');
      await restic.run(['restore', id, '--target', target]);
      assertSameFacts(await factsOf(join(target, source)), facts);
      await rm(target, { recursive: true });
    }
  }

  /** restic's own snapshot of the same files needs no blob, and its tree is ours. Directories above it are not looked at: they change. */
  async function assertNothingToAdd(): Promise<void> {
    const ours = taken.at(-1)?.id ?? '';
    const summary = (await restic.run(['backup', source, '--json'])).trim().split('\n').at(-1) ?? '';
    const added = JSON.parse(summary) as Record<string, unknown>;
    const facts = ['files_new', 'files_changed', 'data_blobs'].map(name => added[name]);
    assert.deepEqual(facts, [0, 0, 0]);
    const theirs = String(added['snapshot_id']);
    assert.equal(await treeAt(place, theirs, source), await treeAt(place, ours, source));
    await restic.run(['forget', theirs]);
  }

  test('a first snapshot', async () => {
    await snapshot();
    await assertRestored();
  });

  test('restic finds nothing to add to it', async () => {
    await assertNothingToAdd();
  });

  test('snapshots with changes between them', async () => {
    await change(source);
    await snapshot();
    await writeFile(join(source, 'last'), 'last');
    await snapshot();
    await assertRestored();
    await assertNothingToAdd();
  });
}

/** The id of the tree of a directory in a snapshot. */
async function treeAt(place: string, snapshot: string, path: string): Promise<string> {
  const repository = await openQuick(new FilesystemStore(place));
  return findTree(repository, await findSnapshot(repository, snapshot), { path });
}

/** Files are written, moved, removed, touched; directories come and go. */
async function change(source: string): Promise<void> {
  await appendFile(join(source, 'contents/many chunks'), 'more');
  await rename(join(source, 'contents/text'), join(source, 'contents/moved'));
  await rm(join(source, 'links/elsewhere'), { recursive: true });
  await mkdir(join(source, 'new'));
  await writeFile(join(source, 'new/random'), randomBytes(2_000_000));
  await utimes(join(source, 'contents/empty'), 1, 2);
  await rm(join(source, 'attributes/file'));
  await symlink('labelled', join(source, 'attributes/file'));
}
