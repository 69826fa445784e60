import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parseAst } from 'rolldown/parseAst';
import { startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { type Built, build, workers } from '../../scripts/build.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');

let directory = '';
let installed = '';
let built: Built;
/** Node 24 first, nothing of the person's own configuration. */
let env: Record<string, string>;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-pack-'));
  env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: directory,
  };
  const staged = join(directory, 'staged');
  await mkdir(staged);
  await cp(join(root, 'package.json'), join(staged, 'package.json'));
  await cp(join(root, 'src'), join(staged, 'src'), { recursive: true }); // what must not be packed
  built = await build(join(staged, 'dist'));
  const npm = { ...process.env, PATH: env['PATH'] };
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: staged, env: npm });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const empty = join(directory, 'empty');
  await mkdir(empty);
  await writeFile(join(empty, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(staged, filename)], {
    cwd: empty,
    env: npm,
  });
  installed = join(empty, 'node_modules');
});

after(() => rm(directory, { recursive: true }));

const hozon = (...words: string[]) =>
  run(process.execPath, [join(installed, 'hozon/dist/hozon.js'), ...words], { env });

test('the package holds built JavaScript, its licences, and nothing else', async () => {
  const files = await readdir(join(installed, 'hozon'), { recursive: true });
  assert.deepEqual(
    files.filter(file => file.endsWith('.ts')),
    [],
  );
  assert.deepEqual(
    files.filter(file => file.startsWith('src')),
    [],
  );
  assert.ok(files.includes('dist/hozon.js') && files.includes('dist/LICENSES.txt'));
});

test('it needs no other packages but the two with binaries: calls into the C library, and hashes', async () => {
  const packages = (await readdir(installed)).filter(name => !name.startsWith('.'));
  assert.deepEqual(packages, ['@koromix', '@napi-rs', 'hozon', 'koffi']);
});

test('the licences name every package that was bundled', async () => {
  const text = await readFile(join(installed, 'hozon/dist/LICENSES.txt'), 'utf8');
  const bundled = new Set(built.chunks.flatMap(chunk => chunk.packages));
  assert.ok(bundled.has('commander') && bundled.has('undici') && bundled.has('yaml'));
  for (const name of bundled) assert.ok(text.includes(`\n${name} `), name);
});

test('it runs from where it was installed', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const { stdout } = await hozon('version', '-o', 'json');
  assert.equal((JSON.parse(stdout) as { hozon: string }).hozon, version);
  assert.match((await hozon('--help')).stdout, /Usage:\n {2}hozon COMMAND/);
  assert.match((await hozon('location', '--help', '--lang', 'ja')).stdout, /使い方:/);
  const location = pathToFileURL(join(directory, 'backups')).href;
  assert.match((await hozon('location', 'check', location)).stdout, /Write: +ok/);
});

test('its worker threads start from where it was installed', async () => {
  const password = join(directory, 'password');
  await writeFile(password, 'secret');
  const source = join(directory, 'source');
  await mkdir(source);
  // less is verified by the main thread
  const content = randomBytes(34 * 1024 * 1024);
  await writeFile(join(source, 'file'), content);
  const begun = join(directory, 'begun');
  const recorder = join(directory, 'threads.mjs');
  await writeFile(
    recorder,
    `import { appendFileSync } from 'node:fs';
     const threads = process.getBuiltinModule('node:worker_threads');
     threads.Worker = class extends threads.Worker {
       constructor(program, options) {
         super(program, options);
         appendFileSync(process.env.RECORD, String(program).replace(/^.*\\//, '') + '\\n');
       }
     };`,
  );
  const entry = join(installed, 'hozon/dist/hozon.js');
  const hozon = (...words: string[]) =>
    run(process.execPath, ['--import', recorder, entry, ...words], {
      env: { ...env, RECORD: begun },
      timeout: 120_000, // a thread of another kind may never answer
    });
  for (const format of ['restic', 'kopia']) {
    const repository = ['--repo', join(directory, format), '--password-file', password];
    await hozon('repo', 'init', '--format', format, ...repository);
    await hozon('repo', 'snapshot', source, ...repository);
    await hozon('repo', 'check', '--read-data', ...repository);
    const target = join(directory, `${format}-restored`);
    await hozon(
      'repo',
      'restore',
      `latest${format === 'restic' ? `:${source}` : ''}`,
      '--target',
      target,
      ...repository,
    );
    assert.ok(content.equals(await readFile(join(target, 'file'))), format);
  }
  const used = new Set((await readFile(begun, 'utf8')).trim().split('\n'));
  assert.deepEqual(
    [...used].sort(),
    Object.keys(workers)
      .map(name => `${name}.js`)
      .sort(),
  );
});

test('its first file runs on any Node: it is whole, and imports what Node has had for long', async () => {
  const code = await readFile(join(installed, 'hozon/dist/hozon.js'), 'utf8');
  const { body } = parseAst(code);
  const imported = body.flatMap(node => ('source' in node && node.source ? [node.source.value] : []));
  assert.deepEqual(imported, ['node:v8']);
  assert.doesNotMatch(code, /getBuiltinModule/);
});

test('its command is executable and starts by its own first line', async () => {
  assert.equal((await stat(join(installed, 'hozon/dist/hozon.js'))).mode & 0o111, 0o111);
  const { stdout } = await run(join(installed, '.bin/hozon'), ['version', '-o', 'name'], { env });
  assert.match(stdout, /^\d+\.\d+\.\d+/);
});

/** The packages that are loaded by one run of the installed bundle, and how many chunks. */
async function loadedBy(...words: string[]): Promise<{ packages: string[]; chunks: number }> {
  const recorder = join(directory, 'recorder.mjs');
  const record = join(directory, 'loaded');
  await writeFile(
    recorder,
    `import { writeFileSync } from 'node:fs';
     import { registerHooks } from 'node:module';
     const loaded = [];
     registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
     process.on('exit', () => writeFileSync(process.env.RECORD, loaded.join('\\n')));`,
  );
  const entry = join(installed, 'hozon/dist/hozon.js');
  await run(process.execPath, ['--import', recorder, entry, ...words], { env: { ...env, RECORD: record } });
  const loaded = (await readFile(record, 'utf8')).split('\n').filter(url => url.startsWith('file:'));
  const chunks = built.chunks.filter(chunk => loaded.some(url => url.endsWith(`/dist/${chunk.file}`)));
  assert.ok(chunks.length > 0);
  return { packages: [...new Set(chunks.flatMap(chunk => chunk.packages))].sort(), chunks: chunks.length };
}

const light = ['commander', 'get-east-asian-width'];

test('help loads the parser and the width tables, in a handful of files', async () => {
  for (const words of [['--help'], ['location', '--help'], ['location', 'add', '--help', '--lang', 'ja']]) {
    const { packages, chunks } = await loadedBy(...words);
    assert.deepEqual(packages, light, words.join(' '));
    assert.ok(chunks <= 6, `${words.join(' ')}: ${chunks} chunks`);
  }
});

test('a command on a repository loads some files, and neither the HTTP client nor the AWS SDK', async () => {
  const password = join(directory, 'password');
  await writeFile(password, 'secret');
  for (const format of ['restic', 'kopia']) {
    const repository = ['--repo', join(directory, `${format}-files`), '--password-file', password];
    await hozon('repo', 'init', '--format', format, ...repository);
    const { packages, chunks } = await loadedBy('repo', 'snapshots', ...repository);
    assert.deepEqual(packages, light, format);
    assert.ok(chunks <= 18, `${format}: ${chunks} chunks`);
  }
});

test('completion loads neither the HTTP client nor the AWS SDK', async () => {
  assert.deepEqual((await loadedBy('completion', 'bash')).packages, light);
  const location = pathToFileURL(join(directory, 'backups')).href;
  const names = await loadedBy('__complete', 'backups', '--', '--location', location);
  assert.deepEqual(names.packages, light);
});

test('a location in a directory is used without the AWS SDK', async () => {
  const location = pathToFileURL(join(directory, 'backups')).href;
  const { packages } = await loadedBy('location', 'check', location);
  assert.deepEqual(
    packages.filter(name => name.startsWith('@aws-sdk') || name.startsWith('@smithy')),
    [],
  );
});

test('it asks a member of etcd over gRPC', async () => {
  await using cluster = await startEtcdCluster({ members: 1 });
  const { client, endpoints } = cluster;
  const tls = [
    '--cacert',
    client?.caFile ?? '',
    '--cert',
    client?.certFile ?? '',
    '--key',
    client?.keyFile ?? '',
  ];
  const access = ['--endpoints', endpoints.join(','), ...tls, '--command-timeout', '60s'];
  const { stdout, stderr } = await hozon('etcd', 'status', ...access, '-o', 'json');
  assert.equal((JSON.parse(stdout) as { verdict: string }).verdict, 'healthy');
  assert.equal(stderr, '');
});
