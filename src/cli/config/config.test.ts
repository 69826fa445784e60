import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { urlOf } from '../locations/open.ts';
import { loadConfig, parseConfig } from './load.ts';
import { configPath, expandHome } from './path.ts';
import { changeConfig } from './save.ts';

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hozon-config-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

function problem(text: string): string {
  try {
    parseConfig('config.yaml', text);
  } catch (thrown) {
    assert.ok(isHozonError(thrown));
    return `${thrown.code} ${thrown.message}`;
  }
  assert.fail('accepted');
}

test('the file is found by HOZON_CONFIG, XDG_CONFIG_HOME, HOME', () => {
  assert.equal(configPath({ HOZON_CONFIG: '/x/y.yaml', HOME: '/h' }), '/x/y.yaml');
  assert.equal(configPath({ XDG_CONFIG_HOME: '/x', HOME: '/h' }), '/x/hozon/config.yaml');
  assert.equal(configPath({ HOME: '/h' }), '/h/.config/hozon/config.yaml');
  assert.equal(expandHome('~/a', { HOME: '/h' }), '/h/a');
  assert.equal(expandHome('~', { HOME: '/h' }), '/h');
  for (const path of ['/a', './~/a', '~a/b', 'a/~']) assert.equal(expandHome(path, { HOME: '/h' }), path);
});

test('what is wrong is named with its line and its path in the file', () => {
  const wrong: readonly [string, RegExp][] = [
    ['locations:\n  a:\n    url: s3://b\n    colour: red\n', /line 4: locations\.a\.colour: no such setting/],
    ['locations:\n  a:\n    region: x\n', /line 3: locations\.a: url is missing/],
    ['locations:\n  a:\n    url: ftp://b\n', /line 3: locations\.a\.url: must match/],
    ['locations:\n  a:\n    url: 7\n', /line 3: locations\.a\.url: must be of type string/],
    [
      'defaultLocation: b\nlocations:\n  a:\n    url: s3://b\n',
      /line 1: defaultLocation: there is no location "b"/,
    ],
    ['language: fr\n', /line 1: language: must be one of the allowed values/],
    ['- a\n', /line 1: \.: must be of type object/],
    ['defaultLocation: toString\n', /no location "toString"/],
    ['a: [1\n', /config-syntax .*line \d/],
  ];
  for (const [text, expected] of wrong) assert.match(problem(text), expected);
});

test('an absent and an empty file mean an empty configuration', async t => {
  const path = join(await directory(t), 'config.yaml');
  assert.deepEqual((await loadConfig(path)).config, {});
  await writeFile(path, '# nothing yet\n');
  assert.deepEqual((await loadConfig(path)).config, {});
  await assert.rejects(loadConfig(tmpdir()), (thrown: unknown) =>
    isHozonError(thrown, 'cli.config-unreadable'),
  );
});

test('a change keeps comments, is private, and leaves nothing beside the file', async t => {
  const parent = await directory(t);
  const path = join(parent, 'hozon', 'config.yaml');
  await changeConfig(path, document =>
    document.setIn(['locations', 'a'], document.createNode({ url: 's3://b' })),
  );
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(parent, 'hozon'))).mode & 0o777, 0o700);
  await writeFile(path, `# mine\n${await readFile(path, 'utf8')}`, { mode: 0o644 });
  await changeConfig(path, document => document.set('defaultLocation', 'a'));
  assert.equal(
    await readFile(path, 'utf8'),
    '# mine\nlocations:\n  a:\n    url: s3://b\ndefaultLocation: a\n',
  );
  assert.deepEqual(await readdir(join(parent, 'hozon')), ['config.yaml']);
});

test('a change that would make the file invalid is refused and changes nothing', async t => {
  const path = join(await directory(t), 'config.yaml');
  await writeFile(path, 'namespace: velero\n');
  const change = changeConfig(path, document => document.set('defaultLocation', 'none'));
  await assert.rejects(change, (thrown: unknown) => isHozonError(thrown, 'cli.config-invalid'));
  assert.equal(await readFile(path, 'utf8'), 'namespace: velero\n');
});

test('a configuration that is a link stays one', async t => {
  const parent = await directory(t);
  await writeFile(join(parent, 'real.yaml'), 'namespace: a\n');
  const path = join(parent, 'config.yaml');
  await symlink('real.yaml', path);
  await changeConfig(path, document => document.set('namespace', 'b'));
  assert.equal(await readFile(join(parent, 'real.yaml'), 'utf8'), 'namespace: b\n');
});

test('the settings beside a URL become its parameters', () => {
  const location = {
    url: 's3://bucket/prefix?region=old',
    region: 'new',
    credentialsFile: '~/aws',
    pathStyle: true,
    endpoint: 'https://s3.example.com',
  };
  const url = new URL(urlOf(location, { HOME: '/h' }));
  assert.equal(url.host + url.pathname, 'bucket/prefix');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    region: 'new',
    'credentials-file': '/h/aws',
    'path-style': 'true',
    endpoint: 'https://s3.example.com',
  });
  assert.equal(urlOf({ url: 'file:///a b' }, {}), 'file:///a b');
});
