import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { resticVersions, stockRestic } from '#testbed/restic.ts';
import { hozonOn } from './hozon.ts';
import { hozonFor, type Program, type ProgramOn, restics } from './programs.ts';
import { makeQuickRepository, quicken, quickPassword } from './quick-repository.ts';
import { assertSameFacts, factsOf } from './same-trees.ts';

/* How contents are compressed, repositories of version 1, and both programs in one repository at the same time. */

let directory: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-interop-modes-'));
  source = join(directory, 'source');
  await writeMixed(source);
});
after(() => rm(directory, { recursive: true }));

/** Files that can be compressed and such that cannot: 4 MB. */
async function writeMixed(root: string): Promise<void> {
  await mkdir(join(root, 'below'), { recursive: true });
  await writeFile(join(root, 'random'), randomBytes(1_500_000));
  const words = Array.from({ length: 2000 }, () => randomBytes(4).toString('base64'));
  const text = Array.from({ length: 350_000 }, () => words[randomInt(words.length)]);
  await writeFile(join(root, 'text'), text.join(' '));
  await writeFile(join(root, 'below/empty'), '');
  for (let number = 0; number < 20; number++) {
    await writeFile(join(root, `below/${number}`), `${number} `.repeat(number * 50));
  }
}

const hozon = hozonFor('new');

async function newRepository(name: string): Promise<string> {
  const place = join(directory, name);
  await makeQuickRepository(new FilesystemStore(place));
  return place;
}

async function packBytes(place: string): Promise<number> {
  let size = 0;
  for await (const info of new FilesystemStore(place).list('data/')) size += info.size;
  return size;
}

async function assertRestores(program: ProgramOn, id: string, root: string): Promise<void> {
  const target = await mkdtemp(join(directory, 'target-'));
  await program.restore(id, target);
  assertSameFacts(await factsOf(join(target, root)), await factsOf(root));
  await rm(target, { recursive: true });
}

for (const [writing, reading] of restics.flatMap((restic): [Program, Program][] => [
  [restic, hozon],
  [hozon, restic],
])) {
  test(`what ${writing.name} compressed in every way, ${reading.name} reads`, async () => {
    const sizes: number[] = [];
    for (const mode of ['off', 'auto', 'max']) {
      const place = await newRepository(`${writing.name} ${reading.name} ${mode}`);
      await using writer = await writing.on(place);
      await using reader = await reading.on(place);
      const id = await writer.backup(source, ['--compression', mode]);
      sizes.push(await packBytes(place));
      await reader.check();
      await assertRestores(reader, id, source);
    }
    const [off = 0, auto = 0, max = 0] = sizes;
    assert.ok(off > 4_000_000 && auto < 3_000_000 && max < 3_000_000 && auto !== max, sizes.join(' '));
  });
}

for (const version of resticVersions) {
  test(`a repository of version 1 that ${version} restic wrote is read, and not written`, async () => {
    const place = join(directory, `version 1 of ${version}`);
    await using restic = await stockRestic({ repository: place, password: quickPassword, version });
    await restic.run(['init', '--repository-version', '1']);
    await quicken(new FilesystemStore(place), quickPassword);
    await restic.run(['backup', source]);
    await using reader = await hozon.on(place);
    await reader.check();
    await assertRestores(reader, 'latest', source);
    const before = await Array.fromAsync(new FilesystemStore(place).list(''), ({ key }) => key);
    const commands = [
      ['snapshot', source],
      ['forget', 'latest', '--confirm'],
      ['tag', '--add', 'x', 'latest'],
      ['prune'],
      ['repair', 'index'],
      ['repair', 'snapshots'],
      ['recover'],
    ];
    for (const command of commands) {
      const { code, err } = await hozonOn(place).end(command);
      assert.ok(code !== 0 && err.includes('repository.foreign'), `${command.join(' ')}: ${code} ${err}`);
    }
    assert.deepEqual(await Array.fromAsync(new FilesystemStore(place).list(''), ({ key }) => key), before);
  });
}

test('all work in one repository at the same time, and share what they store', async () => {
  const place = await newRepository('shared');
  const programs = [...restics, hozon, hozonFor('debian')];
  const shared = randomBytes(12_000_000);
  const roots = await Promise.all(
    programs.map(async (_, number) => {
      const root = join(directory, `of ${number}`);
      await mkdir(root);
      await writeFile(join(root, 'shared'), shared);
      await writeFile(join(root, 'own'), randomBytes(3_000_000));
      return root;
    }),
  );
  const running = await Promise.all(programs.map(async program => program.on(place)));
  const ids = await Promise.all(running.map((program, number) => program.backup(roots[number] ?? '')));
  for (const program of running) await program.check();
  for (const [number, id] of ids.entries()) {
    const reader = running[(number + 1) % running.length];
    assert.ok(reader !== undefined);
    await assertRestores(reader, id, roots[number] ?? '');
  }
  const size = await packBytes(place);
  for (const [number, root] of roots.entries()) {
    const other = running[(number + 2) % running.length];
    await writeFile(join(root, 'once more'), shared);
    await other?.backup(root);
  }
  assert.ok((await packBytes(place)) - size < 100_000);
  await Promise.all(running.map(async program => program[Symbol.asyncDispose]()));
});
