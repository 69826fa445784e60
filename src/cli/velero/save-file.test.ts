import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { saveFile } from './save-file.ts';

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-save-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the connection broke');
}

test('a file is written whole, for its owner alone', async t => {
  const directory = await folder(t);
  const path = join(directory, 'x.tar.gz');
  const told: number[] = [];
  const size = await saveFile(path, async () => chunks('ab', 'cde'), {
    replace: false,
    onWritten: bytes => told.push(bytes),
  });
  assert.equal(size, 5);
  assert.deepEqual(told, [2, 5]);
  assert.equal(await readFile(path, 'utf8'), 'abcde');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(directory), ['x.tar.gz']);
});

test('a file that is there is replaced only where that is asked for', async t => {
  const path = join(await folder(t), 'x');
  await writeFile(path, 'old', { mode: 0o644 });
  let asked = false;
  const body = async () => {
    asked = true;
    return chunks('new');
  };
  await assert.rejects(saveFile(path, body, { replace: false }), thrown =>
    isHozonError(thrown, 'cli.file-exists'),
  );
  assert.equal(asked, false);
  assert.equal(await readFile(path, 'utf8'), 'old');
  await saveFile(path, body, { replace: true });
  assert.equal(await readFile(path, 'utf8'), 'new');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('of two at once, the second one is refused', async t => {
  const directory = await folder(t);
  const path = join(directory, 'x');
  const late = saveFile(
    path,
    async () => {
      await saveFile(path, async () => chunks('first'), { replace: false });
      return chunks('second');
    },
    { replace: false },
  );
  await assert.rejects(late, thrown => isHozonError(thrown, 'cli.file-exists'));
  assert.equal(await readFile(path, 'utf8'), 'first');
  assert.deepEqual(await readdir(directory), ['x']);
});

test('a body that fails leaves the directory as it was', async t => {
  const directory = await folder(t);
  const path = join(directory, 'x');
  for (const body of [async () => failing(), () => Promise.reject(new Error('the connection broke'))]) {
    await assert.rejects(saveFile(path, body, { replace: true }), /the connection broke/);
    assert.deepEqual(await readdir(directory), []);
  }
});

test('what is no regular file is left alone', async t => {
  const directory = await folder(t);
  const link = join(directory, 'link');
  await symlink('/dev/null', link);
  for (const path of ['/dev/null', directory, link, join(directory, 'absent', 'x')]) {
    await assert.rejects(
      saveFile(path, async () => chunks('x'), { replace: true }),
      thrown => isHozonError(thrown, 'cli.file-unwritable') && thrown.message.includes(path),
    );
  }
});
