import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { isHozonError } from '#foundation/errors.ts';
import { refuseOldNode } from './node-version.ts';
import { abortedBySignals } from './signals.ts';
import { CapturedStream, runHere } from './testing.ts';

async function home(t: TestContext): Promise<{ path: string; env: Record<string, string>; url: string }> {
  const path = await mkdtemp(join(tmpdir(), 'hozon-run-'));
  t.after(() => rm(path, { recursive: true }));
  return { path, env: { HOME: path }, url: pathToFileURL(join(path, 'backups')).href };
}

test('locations are added, listed, made the default, checked and removed', async t => {
  const { path, env, url } = await home(t);
  const hozon = (...argv: string[]) => runHere(argv, { env });

  assert.equal((await hozon('location', 'add', 'one', url)).code, 0);
  assert.equal((await hozon('location', 'add', 'two', 's3://b/p', '--region', 'eu-west-1')).code, 0);
  const kept = await readFile(join(path, '.config/hozon/config.yaml'), 'utf8');
  assert.deepEqual(parse(kept), {
    locations: { one: { url }, two: { url: 's3://b/p', region: 'eu-west-1' } },
    defaultLocation: 'one',
  });

  const again = await hozon('location', 'add', 'one', url);
  assert.deepEqual([again.code, /cli\.location-exists/.test(again.err)], [1, true]);
  assert.equal((await hozon('location', 'add', 'one', url, '--replace')).code, 0);

  const listed = await hozon('location', 'get', '-o', 'json');
  const { items } = JSON.parse(listed.out) as { items: { name: string; default: boolean }[] };
  assert.deepEqual(
    items.map(item => [item.name, item.default]),
    [
      ['one', true],
      ['two', false],
    ],
  );
  assert.equal((await hozon('location', 'get', 'two', '-o', 'name')).out, 'two\n');
  assert.match((await hozon('location', 'get', '--lang', 'ja')).out, /^名前 +URL +登録元/);

  const checked = await hozon('location', 'check', '-o', 'yaml');
  assert.equal(checked.code, 0);
  assert.deepEqual(parse(checked.out), {
    name: 'one',
    url,
    origin: 'config',
    listed: true,
    written: true,
    read: true,
    exclusive: true,
    foreign: [],
  });

  assert.equal((await hozon('location', 'default', 'two')).code, 0);
  assert.match((await hozon('location', 'remove', 'two')).out, /There is no default now/);
  const absent = await hozon('location', 'check', 'two', '-o', 'json');
  assert.equal(absent.code, 10);
  assert.equal((JSON.parse(absent.err) as { code: string }).code, 'cli.unknown-location');
});

test('credentials in a URL are refused and not repeated', async t => {
  const { env, path } = await home(t);
  const { code, err } = await runHere(['location', 'add', 'x', 's3://AKIA:geheim@bucket/p'], { env });
  assert.notEqual(code, 0);
  assert.ok(!err.includes('geheim'));
  await assert.rejects(readFile(join(path, '.config/hozon/config.yaml')));
});

test('a directory that Velero would not accept is named', async t => {
  const { path, env, url } = await home(t);
  await runHere(['location', 'check', url], { env });
  await rm(join(path, 'backups'), { recursive: true, force: true });
  const foreign = join(path, 'backups', 'holiday');
  const { mkdir } = await import('node:fs/promises');
  await mkdir(foreign, { recursive: true });
  await writeFile(join(foreign, 'x'), '');
  const { code, out, err } = await runHere(['location', 'check', url, '--read-only'], { env });
  assert.equal(code, 0);
  assert.match(out, /Foreign directories: +holiday/);
  assert.match(out, /Write: +not tried/);
  assert.match(err, /Velero calls a location invalid .* holiday/);
});

test('doctor fails where there is no cluster, and says what to do', async t => {
  const { env, url } = await home(t);
  const { code, out } = await runHere(['doctor', '--location', url, '-o', 'json', '--quiet'], { env });
  assert.equal(code, 1);
  const { checks } = JSON.parse(out) as { checks: { check: string; status: string; hint?: string }[] };
  const of = (name: string) => checks.find(each => each.check === name);
  assert.equal(of('node')?.status, 'ok');
  assert.equal(of('kubeconfig')?.status, 'fail');
  assert.match(of('kubeconfig')?.hint ?? '', /--kubeconfig/);
  assert.equal(of('location-access')?.status, 'ok');
});

test('doctor names a configuration file that others may change', async t => {
  const { path, env, url } = await home(t);
  const { chmod } = await import('node:fs/promises');
  const config = join(path, 'c.yaml');
  await writeFile(config, 'namespace: velero\n');
  await chmod(config, 0o666);
  const { out } = await runHere(['doctor', '--location', url, '-q'], {
    env: { ...env, HOZON_CONFIG: config },
  });
  assert.match(out, /Configuration: +warning +.*mode 0666[^:]*:[^:]*Run "chmod 600/);
});

test('the language comes from the flag, then from the environment', async () => {
  assert.match((await runHere(['--help'])).out, /Usage:/);
  assert.match((await runHere(['--help'], { env: { LANG: 'ja_JP.UTF-8' } })).out, /使い方:/);
  assert.match((await runHere(['--help', '--lang=en'], { env: { LANG: 'ja_JP.UTF-8' } })).out, /Usage:/);
  assert.match((await runHere(['bogus', '--lang', 'ja'])).err, /^エラー: コマンド "bogus" はありません/);
});

test('explain knows every code, and the neighbours of one it does not know', async () => {
  const known = await runHere(['explain', 'cli.no-location', '-o', 'json']);
  assert.equal((JSON.parse(known.out) as { exitCode: number }).exitCode, 2);
  const unknown = await runHere(['explain', 'cli.no-locaton']);
  assert.equal(unknown.code, 10);
  assert.match(unknown.err, /did you mean cli\.no-location/);
});

test('names for a shell come alone, and nothing comes where there are none', async t => {
  const { env, url } = await home(t);
  await runHere(['location', 'add', 'one', url], { env });
  const complete = (...words: string[]) => runHere(['__complete', ...words], { env });
  assert.deepEqual(await complete('locations'), { code: 0, out: 'one\n', err: '' });
  assert.deepEqual(await complete('backups', '--', '--location', 'nowhere'), { code: 0, out: '', err: '' });
  assert.deepEqual(await complete('nonsense'), { code: 0, out: '', err: '' });
  assert.match((await complete('codes')).out, /^cli\.no-location$/m);
  await writeFile(join(env['HOME'] ?? '', '.config/hozon/config.yaml'), 'a: [');
  assert.deepEqual(await complete('locations'), { code: 0, out: '', err: '' });
});

/** What a process is asked for: exits by their codes, and signals with how many would still have heard them. */
function standIn() {
  const exits: number[] = [];
  const kills: (readonly [number, string, number])[] = [];
  const process = Object.assign(new EventEmitter(), {
    pid: 7,
    exit: (code: number) => exits.push(code),
    kill: (pid: number, signal: NodeJS.Signals) => kills.push([pid, signal, process.listenerCount(signal)]),
  });
  return { process, exits, kills };
}

test('the first signal stops cleanly, the second at once', () => {
  const { process, exits, kills } = standIn();
  const err = new CapturedStream();
  const signal = abortedBySignals(process, err, 'en');
  process.once('exit', () => assert.deepEqual(kills, [], 'it is told before it is ended'));
  process.emit('SIGINT', 'SIGINT');
  assert.ok(signal.aborted && isHozonError(signal.reason, 'run.cancelled'));
  assert.deepEqual(exits, []);
  assert.match(err.text, /^SIGINT: stopping cleanly/);
  process.emit('SIGHUP', 'SIGHUP');
  assert.deepEqual(exits, []);
  assert.deepEqual(kills, []);
  process.emit('SIGTERM', 'SIGTERM');
  assert.equal(process.listenerCount('exit'), 0);
  assert.deepEqual(kills, [[7, 'SIGINT', 0]]);
  assert.deepEqual(exits, [130]);
});

test('a terminal that goes away stops cleanly, however often it says so, unless something lives through it', () => {
  const { process, exits } = standIn();
  const err = new CapturedStream();
  const signal = abortedBySignals(process, err, 'en');
  const live = (): void => {};
  process.on('SIGHUP', live);
  process.emit('SIGHUP', 'SIGHUP');
  assert.ok(!signal.aborted);
  process.off('SIGHUP', live);
  for (let time = 0; time < 3; time++) process.emit('SIGHUP', 'SIGHUP');
  assert.ok(signal.aborted && isHozonError(signal.reason, 'run.cancelled'));
  assert.match(err.text, /^SIGHUP: stopping cleanly[^\n]*\n$/);
  assert.deepEqual(exits, []);
});

test('an older Node is refused with what is needed', t => {
  const written: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0);
  const before = process.exitCode;
  t.after(() => {
    process.exitCode = before;
  });
  assert.deepEqual(['20.18.1', '24.11.9', '24.12.0', '25.0.0'].map(refuseOldNode), [
    true,
    true,
    false,
    false,
  ]);
  assert.match(written.join(''), /Node\.js 24\.12 /);
});
