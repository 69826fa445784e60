import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

let directory = '';
let server: Server;
const sockets = new Set<Socket>();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-process-'));
  // an API server that takes every connection and never answers
  server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'silent',
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'silent', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig));
});

after(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await rm(directory, { recursive: true });
});

const env = () => ({ PATH: process.env['PATH'] ?? '', HOME: directory });

function started(...words: string[]): { child: ChildProcess; err: () => string } {
  const child = spawn(process.execPath, [main, ...words], { env: env(), stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  return { child, err: () => err };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} ends a command that waits for a server, cleanly`, async () => {
    const connected = once(server, 'connection');
    const { child, err } = started('version', '--server', '--kubeconfig', join(directory, 'kubeconfig'));
    const ended = once(child, 'close');
    await connected;
    child.kill(signal);
    assert.deepEqual(await ended, [130, null]);
    assert.match(
      err(),
      new RegExp(`^${signal}: stopping cleanly.*\nError: stopped by ${signal} \\[run.cancelled\\]\n`),
    );
  });
}

test('a second signal ends a command that waits for a pipe nobody writes to', async t => {
  const pipe = join(directory, 'pipe');
  await run('mkfifo', [pipe]);
  const { child, err } = started('repo', 'snapshots', '--repo', directory, '--password-file', pipe);
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const writer = await open(pipe, 'w'); // succeeds when somebody reads
  child.kill('SIGINT');
  while (!err().includes('stopping cleanly')) await once(child.stderr ?? assert.fail(), 'data');
  child.kill('SIGINT');
  const [code, signal] = await ended;
  assert.ok(code === 130 || signal === 'SIGINT', `${code} ${signal}`);
  assert.match(err(), /^Stopped at once\.$/m);
  await writer.close();
});

test('a password that is typed ends with its line', async t => {
  const words = ['repo', 'init', '--format', 'kopia', '--repo', join(directory, 'typed')];
  const command = [process.execPath, main, ...words, '--password-file', '/dev/tty'].join(' ');
  const terminal = spawn('script', ['-qefc', command, '/dev/null'], {
    env: env(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => terminal.kill('SIGKILL'));
  const ended = once(terminal, 'close');
  terminal.stdin.write('secret\n'); // and it stays open
  terminal.stdout.resume();
  assert.deepEqual(await ended, [0, null]);
  terminal.stdin.destroy();
});

test('a reader that goes away ends the output without a complaint', async () => {
  const command = `"${process.execPath}" "${main}" explain | head -1`;
  const { stdout, stderr } = await run('bash', ['-o', 'pipefail', '-c', command], { env: env() });
  assert.match(stdout, /^CODE/);
  assert.equal(stderr, '');
});

test('exit codes: 0, 1, 2, 10', async () => {
  const code = async (...words: string[]) =>
    (await run(process.execPath, [main, ...words], { env: env() }).catch(
      (failed: { code: number }) => failed,
    )) as {
      code?: number;
    };
  assert.equal((await code('version')).code, undefined);
  assert.equal((await code('doctor')).code, 1);
  assert.equal((await code('version', '--nonsense')).code, 2);
  assert.equal((await code('location', 'check', 'nowhere')).code, 10);
});

test('a result goes to stdout whole, everything else to stderr', async () => {
  const words = [
    'location',
    'get',
    '-o',
    'json',
    '--context',
    'nowhere',
    '--kubeconfig',
    join(directory, 'kubeconfig'),
  ];
  const { stdout, stderr } = await run(process.execPath, [main, ...words], { env: env() });
  assert.deepEqual(JSON.parse(stdout), { apiVersion: 'v1', kind: 'List', items: [] });
  assert.match(stderr, /the cluster's locations are not shown/);
});
