import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { stockRestic } from '#testbed/restic.ts';
import { setAttribute } from './file-calls.ts';
import { hozonOn } from './hozon.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { factsOf } from './same-trees.ts';

let directory: string;
let place: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restore-attributes-'));
  place = join(directory, 'repository');
  const source = join(directory, 'source');
  await mkdir(join(source, 'sub'), { recursive: true });
  await writeFile(join(source, 'file'), 'content');
  await writeFile(join(source, 'sub/large'), Buffer.alloc(2_000_000, 'x'));
  for (const name of ['file', 'sub', 'sub/large']) {
    for (const attribute of ['user.a', 'user.ab', 'user.b', 'trusted.a']) {
      setAttribute(Buffer.from(join(source, name)), attribute, Buffer.from(`${attribute} of ${name}`));
    }
  }
  await makeQuickRepository(new FilesystemStore(place));
  await hozonOn(place).run(['snapshot', source]);
});
after(() => rm(directory, { recursive: true }));

/** A target in which a directory is already, with attributes of its own. */
async function newTarget(): Promise<string> {
  const target = await mkdtemp(join(directory, 'target-'));
  await mkdir(join(target, 'sub'));
  for (const name of ['user.b', 'user.other', 'trusted.other']) {
    setAttribute(Buffer.from(join(target, 'sub')), name, Buffer.from('there before'));
  }
  return target;
}

const choices = [
  [],
  ['--exclude-xattr', 'user.*'],
  ['--exclude-xattr', 'user.a', '--exclude-xattr', '*.other'],
  ['--include-xattr', 'user.a*'],
  ['--include-xattr', 'trusted.*', '--include-xattr', 'user.b'],
  ['--exclude-xattr', '*'],
];

for (const words of choices) {
  test(`attributes are chosen as restic chooses them: ${words.join(' ') || 'all'}`, async () => {
    const [ours, theirs] = [await newTarget(), await newTarget()];
    const below = `latest:${join(directory, 'source')}`;
    await using restic = await stockRestic({ repository: place, password: quickPassword, version: 'new' });
    await restic.run(['restore', below, '--target', theirs, ...words]);
    await hozonOn(place).run(['restore', below, '--target', ours, ...words]);
    const attributes = async (target: string): Promise<unknown> =>
      [...(await factsOf(target))].map(([path, facts]) => [path, facts.attributes]);
    assert.deepEqual(await attributes(ours), await attributes(theirs));
  });
}

test('what is to be taken and what is to be left out are not both said', async () => {
  const words = ['restore', 'latest', '--target', directory, '--include-xattr', 'a', '--exclude-xattr', 'b'];
  assert.equal((await hozonOn(place).end(words)).code, 2);
});
