import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, type ResticVersion, resticVersions, stockRestic } from '#testbed/restic.ts';
import { writeEveryEntry } from './every-entry.ts';
import { type Hozon, hozonOn } from './hozon.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { allocated, assertSameFacts, factsOf } from './same-trees.ts';

/** What restic stored, Hozon restores as it was. */

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restore-'));
});
after(() => rm(directory, { recursive: true }));

for (const version of resticVersions) {
  describe(`what ${version} restic stored`, () => restoreTests(version));
}

function restoreTests(version: ResticVersion): void {
  let source: string;
  let restic: Restic;
  let hozon: Hozon;
  before(async () => {
    const place = join(directory, version);
    source = join(directory, `${version}-source`);
    await writeEveryEntry(source, version);
    await makeQuickRepository(new FilesystemStore(place));
    restic = await stockRestic({ repository: place, password: quickPassword, version });
    await restic.run(['backup', source]);
    hozon = hozonOn(place);
  });
  after(() => restic[Symbol.asyncDispose]());

  test('is restored with everything that it had, and found so when it is looked at again', async () => {
    const target = join(directory, `${version}-target`);
    const done = await restore(hozon, ['latest', '--target', target, '--verify']);
    assert.equal(done['failed'], 0);
    assert.ok((done['verified'] ?? 0) >= 50, `${done['verified']}`);
    assertSameFacts(await factsOf(join(target, source)), await factsOf(source));
    await rm(target, { recursive: true });
  });

  test('is restored over another tree, whose entries are of other types', async () => {
    const target = join(directory, `${version}-over`);
    await mkdir(join(target, 'names'), { recursive: true });
    await writeFile(join(target, 'contents'), 'a file where a directory is to be');
    await writeFile(join(target, 'names', '日本語'), 'another content');
    await mkdir(join(target, 'names', '.hidden'));
    await writeFile(join(target, 'nodes'), '');
    await restore(hozon, [`latest:${source}`, '--target', target]);
    const [actual, expected] = [await factsOf(target), await factsOf(source)];
    for (const facts of [actual, expected]) facts.delete(''); // the target itself is the person's
    assertSameFacts(actual, expected);
    const again = await restore(hozon, [`latest:${source}`, '--target', target]);
    assert.deepEqual([again['written'], again['updated']], [0, 0]);
    await rm(target, { recursive: true });
  });

  test('takes no space for zeros where that is asked for', async () => {
    const target = join(directory, `${version}-sparse`);
    await restore(hozon, [`latest:${source}`, '--target', target, '--sparse', '--include', '/holes']);
    for (const name of ['in the middle', 'at the end', 'nothing else']) {
      const [ours, theirs] = [join(target, 'holes', name), join(source, 'holes', name)];
      assert.equal(await allocated(ours), await allocated(theirs), name);
    }
    const expected = await factsOf(join(source, 'holes'));
    assertSameFacts(await factsOf(join(target, 'holes')), expected);
    await rm(target, { recursive: true });
  });

  test('one file, by its path', async () => {
    const target = join(directory, `${version}-single`);
    await restore(hozon, [`latest:${source}/modes/setuid`, '--target', target]);
    const expected = (await factsOf(join(source, 'modes'))).get('/setuid');
    const actual = await factsOf(target);
    assert.deepEqual([...actual.keys()], ['', '/setuid']);
    assert.deepEqual(actual.get('/setuid'), expected);
    await rm(target, { recursive: true });
  });

  test('the same patterns select the same entries', async () => {
    if (version === 'debian') return; // 0.14 leaves metadata of directories above what it restores
    const selections = [
      ['--include', '*.hidden', '--include', '/**/elsewhere'],
      ['--include', `${source}/links`],
      ['--iinclude', 'TEXT*'],
      ['--exclude', 'contents', '--exclude', 'names/*'],
      ['--iexclude', 'MODES'],
    ];
    for (const [at, selection] of selections.entries()) {
      const [ours, theirs] = [join(directory, `ours-${at}`), join(directory, `theirs-${at}`)];
      await restore(hozon, ['latest', '--target', ours, ...selection]);
      await restic.run(['restore', 'latest', '--target', theirs, ...selection]);
      const [actual, expected] = [await factsOf(ours), await factsOf(theirs)];
      for (const facts of [actual, expected]) facts.delete('');
      assertSameFacts(actual, expected);
      assert.ok(actual.size > 0, selection.join(' '));
    }
  });
}

async function restore(hozon: Hozon, given: readonly string[]): Promise<Record<string, number>> {
  return JSON.parse(await hozon.run(['restore', ...given, '-o', 'json'])) as Record<string, number>;
}
