import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { writeDirectory } from './directory.ts';
import { readExport } from './read.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-projects-'));
});

afterEach(() => rm(root, { recursive: true }));

const manifest = {
  name: 'hozon-export.json',
  text: JSON.stringify({ format: 'hozon-project-export', namespace: 'shop' }),
};

function code(name: string): (thrown: unknown) => boolean {
  return thrown => isHozonError(thrown, `projects.${name}`);
}

test('a directory is written for its owner only, and leaves nothing beside it', async () => {
  const target = join(root, 'a', 'export');
  await writeDirectory(target, [{ name: 'x.yaml', text: 'x' }, manifest]);
  assert.deepEqual((await readdir(target)).sort(), ['hozon-export.json', 'x.yaml']);
  assert.equal((await stat(target)).mode & 0o777, 0o700);
  assert.equal((await stat(join(target, 'x.yaml'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(root, 'a')), ['export']);
});

test('what is there is replaced only as a whole, on request, and if it is an export', async () => {
  const target = join(root, 'export');
  await writeDirectory(target, [{ name: 'old.yaml', text: 'x' }, manifest]);
  await assert.rejects(writeDirectory(target, []), code('target-exists'));
  await writeDirectory(target, [{ name: 'new.yaml', text: 'x' }, manifest], { overwrite: true });
  assert.deepEqual((await readdir(target)).sort(), ['hozon-export.json', 'new.yaml']);
  assert.deepEqual(await readdir(root), ['export']);

  const home = join(root, 'home');
  await mkdir(home);
  await writeFile(join(home, 'precious'), 'x');
  await assert.rejects(writeDirectory(home, [], { overwrite: true }), code('target-foreign'));
  assert.equal(await readFile(join(home, 'precious'), 'utf8'), 'x');
});

test('a failure on the way leaves the earlier export and nothing else', async () => {
  const target = join(root, 'export');
  await writeDirectory(target, [{ name: 'old.yaml', text: 'x' }, manifest]);
  function* failing(): Generator<{ name: string; text: string }> {
    yield { name: 'new.yaml', text: 'y' };
    throw new Error('no more');
  }
  await assert.rejects(writeDirectory(target, failing(), { overwrite: true }), /no more/);
  assert.deepEqual((await readdir(target)).sort(), ['hozon-export.json', 'old.yaml']);
  assert.deepEqual(await readdir(root), ['export']);
});

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n';

test('lists are taken apart; names, links and sizes are checked', async () => {
  await writeFile(
    join(root, 'list.yaml'),
    `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n---\n${secret}`,
  );
  await writeFile(join(root, manifest.name), manifest.text);
  await mkdir(join(root, 'below.yaml'));
  const { source, objects } = await readExport(root);
  assert.equal(source, 'shop');
  assert.deepEqual(
    objects.map(({ file, object }) => [file, object.kind, object.metadata.name]),
    [
      ['list.yaml', 'Pod', 'b'],
      ['list.yaml', 'Secret', 'a'],
    ],
  );
  await assert.rejects(readExport(root, { limits: { bytes: 50, objects: 9 } }), code('too-large'));
  await assert.rejects(readExport(root, { limits: { bytes: 5000, objects: 1 } }), code('too-many-objects'));
});

test('links, odd names and things that are no objects are refused', async () => {
  const refused = async (text: string, name: string): Promise<void> => {
    await writeFile(join(root, 'a.yaml'), text);
    await assert.rejects(readExport(root), code(name), text);
  };
  await refused('just text', 'not-an-object');
  await refused('apiVersion: v1\nkind: Secret\nmetadata: {}\n', 'not-an-object');
  await refused(secret.replace('name: a', 'name: ../../b'), 'not-an-object');
  await refused('apiVersion: ../v1\nkind: Secret\nmetadata: {name: a}\n', 'not-an-object');
  await refused('', 'no-objects');
  await rm(join(root, 'a.yaml'));
  await writeFile(join(root, 'outside'), secret);
  await symlink(join(root, 'outside'), join(root, 'a.yaml'));
  await assert.rejects(readExport(root), code('not-regular'));
  await assert.rejects(readExport(join(root, 'nowhere')), code('not-a-directory'));
});
