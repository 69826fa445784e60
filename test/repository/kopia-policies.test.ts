import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';

let directory: string;
let kopia: Kopia;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-policies-'));
  await mkdir(join(directory, 'repository'), { mode: 0o700 });
  await writeFile(join(directory, 'password'), 'secret');
  const identity = { username: 'user', hostname: 'host' };
  kopia = await stockKopia({
    storage: { path: join(directory, 'repository') },
    password: 'secret',
    identity,
  });
  await kopia.create();
});
after(async () => {
  await kopia[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function hozon(...words: readonly string[]): Promise<Ran> {
  const access = ['--repo', join(directory, 'repository'), '--password-file', join(directory, 'password')];
  return runHere(['repo', 'policy', ...words, ...access]);
}

async function set(target: string, ...changes: readonly string[]): Promise<void> {
  const { code, err } = await hozon('set', target, ...changes);
  assert.equal(code, 0, err);
}

/** What holds for a target, as the real kopia has it and as we do: without what is empty. */
async function effective(target: string): Promise<{ readonly theirs: unknown; readonly ours: unknown }> {
  const [theirs, { out }] = [
    await kopia.run(['policy', 'show', target, '--json']),
    await hozon('show', target, '-o', 'json'),
  ];
  const ours = JSON.parse(out) as { readonly policy: unknown };
  return { theirs: filled(JSON.parse(theirs)), ours: filled(ours.policy) };
}

function filled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value)
    .map(([key, each]) => [key, filled(each)] as const)
    .filter(([, each]) => each !== undefined && !(Array.isArray(each) && each.length === 0));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

test('policies of paths, users, hosts and of all are merged as in kopia, whoever has set them', async () => {
  await kopia.run([
    'policy',
    'set',
    '--global',
    '--keep-daily=3',
    '--add-never-compress=.gz,.zip',
    '--add-ignore=all',
  ]);
  await set('@host', '--set', 'retention.keepWeekly=9', '--add', 'compression.neverCompress=.host');
  await kopia.run([
    'policy',
    'set',
    'user@host',
    '--add-only-compress=.txt',
    '--compression=zstd',
    '--keep-annual=0',
  ]);
  await set(
    'user@host:/srv',
    '--add',
    'files.ignore=*.tmp',
    '--set',
    'compression.noParentNeverCompress=true',
  );
  await set('user@host:/srv', '--add', 'compression.neverCompress=.srv', '--set', 'files.oneFileSystem=true');
  await kopia.run([
    'policy',
    'set',
    'user@host:/srv/deep',
    '--ignore-file-errors=true',
    '--add-dot-ignore=.rules',
  ]);
  await set(
    'user@host:/srv/deep/er',
    '--set',
    'upload.parallelUploadAboveSize=1g',
    '--set',
    'scheduling.manual=true',
  );
  await set('user@host:/alone', '--set', 'noParent=true', '--set', 'splitter.algorithm=FIXED-1M');
  const paths = [
    '/srv',
    '/srv/deep',
    '/srv/deep/er',
    '/srv/deep/er/more',
    '/',
    '/alone',
    '/alone/below',
    '/srvx',
  ];
  for (const target of [...paths.map(path => `user@host:${path}`), 'user@host', '@host', 'other@host:/srv']) {
    const { theirs, ours } = await effective(target);
    assert.deepEqual(ours, theirs, target);
  }
});

test('a policy that is changed keeps what nobody understood, and numbers of any size', async () => {
  const policy = { 'user@big:/data': { retention: { keepLatest: 9_007_199 }, files: { maxFileSize: 1 } } };
  const text = JSON.stringify(policy).replace('9007199', '9223372036854775807');
  await kopia.run(['policy', 'import'], { stdin: text });
  await set('user@big:/data', '--set', 'files.maxFileSize=2', '--inherit', 'retention.keepDaily');
  const shown = await kopia.run(['policy', 'export', 'user@big:/data']);
  assert.match(shown, /"keepLatest": ?9223372036854775807/);
  assert.match(shown, /"maxFileSize": ?2/);
  const { code } = await hozon('remove', 'user@big:/data');
  assert.equal(code, 0);
  assert.notEqual(
    (await kopia.end(['policy', 'export', 'user@big:/data'])).stdout.includes('keepLatest'),
    true,
  );
  assert.match((await hozon('remove', 'user@big:/data')).err, /repository\.policy-missing/);
});

test('what is no policy is refused by its name', async () => {
  for (const [words, code] of [
    [['set', 'global', '--set', 'retention.keepNever=1'], 'policy-member'],
    [['set', 'global', '--set', 'retention.keepDaily=many'], 'policy-value'],
    [['set', 'global', '--set', 'compression.compressorName=rar'], 'policy-value'],
    [['set', 'global', '--add', 'retention.keepDaily=1'], 'policy-value'],
    [['set', 'user@host:/srv/', '--set', 'retention.keepDaily=1'], 'policy-target'],
    [['set', 'user@host:/srv', '--set', 'upload.maxParallelSnapshots=1'], 'policy-value'],
    [['set', 'user@', '--set', 'retention.keepDaily=1'], 'policy-target'],
  ] as const) {
    const { code: exit, err } = await hozon(...words);
    assert.equal(exit, 2, err);
    assert.ok(err.includes(`repository.${code}`), err);
  }
});
