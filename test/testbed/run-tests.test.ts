import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { untilVariable } from '#testbed/runner/limit.ts';

describe('run-tests --bare', () => {
  it('passes where everything does', async () => {
    await using files = await testFiles({ 'a.test.mjs': passing, 'b.test.mjs': passing });
    const { exitCode, end } = await files.run(['*.test.mjs']);
    assert.equal(exitCode, 0);
    assert.equal(end, 'tests passed: 2 files\n');
  });

  it('passes where what failed passes alone, and says so with the failure', async () => {
    await using files = await testFiles({ 'a.test.mjs': failingOnce, 'b.test.mjs': passing });
    const { exitCode, end } = await files.run(['*.test.mjs']);
    assert.equal(exitCode, 0);
    assert.match(end, /^UNSTEADY a\.test\.mjs: passed when it was run alone/m);
    assert.match(end, /✖ a suite > fails once \(a\.test\.mjs:\d+:\d+, [\d.]+ s\)\n\s+first time unlucky\n/);
    assert.match(end, /tests passed: 2 files, 1 UNSTEADY .*\n$/);
    assert.equal(await files.read('runs'), 'xx');
  });

  it('fails where something fails twice, and tells each failure at the end', async () => {
    await using files = await testFiles({
      'a.test.mjs': failing,
      'b.test.mjs': failingOnce,
      'c.test.mjs': "import './missing.mjs';",
      'd.test.mjs': 'process.exit(7);',
      'e.test.mjs': passing,
    });
    const { exitCode, end } = await files.run(['*.test.mjs']);
    assert.equal(exitCode, 1);
    assert.match(end, /^UNSTEADY b\.test\.mjs/);
    assert.match(end, /FAILED a\.test\.mjs, twice\n {2}✖ a suite > an inner one > fails/);
    assert.match(end, /the outer\n\s+at a\.test\.mjs:\d+:\d+\n\s+caused by: TypeError: the inner\n/);
    assert.match(end, /✖ one with a hook \(.*\n\s+failed running before hook\n\s+caused by: no ground\n/);
    assert.match(
      end,
      /FAILED c\.test\.mjs, twice\n {2}✖ the file itself .*\n[^]*Cannot find module[^]*missing\.mjs/,
    );
    assert.match(end, /FAILED d\.test\.mjs, twice\n {2}✖ the file itself .*\n\s+ended with exit code 7\n/);
    assert.doesNotMatch(end, /e\.test\.mjs|subtests failed|to be done/);
    assert.match(end, /tests failed: 5 files, 1 UNSTEADY .*, 3 FAILED\n$/);
  });

  it('runs only the tests asked for, with the flags that it was itself run with', async () => {
    await using files = await testFiles({ 'a.test.mjs': failing, 'said.mjs': 'globalThis.said = true;' });
    const flags = ['--import', join(files.dir, 'said.mjs')];
    const { exitCode } = await files.run(['--test-name-pattern=was told', '*.test.mjs'], { flags });
    assert.equal(exitCode, 0);
    assert.equal((await files.run(['--test-name-pattern=was told', '*.test.mjs'])).exitCode, 1);
  });

  it('runs files in shared processes, and those that do not pass there in one of their own', async () => {
    await using files = await testFiles({
      'a.test.mjs': passing,
      'b.test.mjs': failing,
      'd.test.mjs': disturbing,
      'e.test.mjs': disturbing,
      'f.test.mjs': withHooks,
      'g.test.mjs': withHooks,
      'h.test.mjs': "import './missing.mjs';",
      'z.test.mjs': 'process.exit(7);',
    });
    const { exitCode, out, end } = await files.run(['--together', '--test-concurrency=1', '*.test.mjs']);
    assert.equal(exitCode, 1);
    const passed = [...out.matchAll(/^✔ (\w)\.test\.mjs \([\d.]+ s\)$/gm)].map(([, name]) => name);
    assert.deepEqual(passed, ['a', 'd', 'f', 'g']);
    assert.match(end, /FAILED b\.test\.mjs, twice\n {2}✖ a suite > an inner one > fails/);
    assert.match(end, /FAILED z\.test\.mjs, twice\n/);
    assert.match(end, /FAILED h\.test\.mjs, twice\n {2}✖ the file itself/);
    assert.match(end, /^UNSTEADY e\.test\.mjs: [^]*there is something\n/);
    assert.match(end, /tests failed: 8 files, 1 UNSTEADY .*, 3 FAILED\n$/);
  });

  it('lets no file pass by a shared process where an error came after its tests', () =>
    assertFailsTogether(throwingLate));

  it('lets no file pass by a shared process where a test came after its tests', () =>
    assertFailsTogether(registeringLate));

  it('runs only the tests asked for also where files would share processes', async () => {
    await using files = await testFiles({ 'a.test.mjs': failing });
    const pattern = '--test-name-pattern=is hooked';
    assert.equal((await files.run(['--together', pattern, '*.test.mjs'])).exitCode, 1);
    assert.equal((await files.run(['--together', '--test-name-pattern=nothing', '*.test.mjs'])).exitCode, 0);
  });

  it('fails where there is no such file', async () => {
    await using files = await testFiles({});
    assert.notEqual((await files.run(['*.test.mjs'])).exitCode, 0);
    assert.notEqual((await files.run(['a.test.mjs'])).exitCode, 0);
  });

  it('begins nothing once no time is left, and fails', async () => {
    await using files = await testFiles({ 'a.test.mjs': passing });
    const until = String(Math.floor(Date.now() / 1000));
    const { exitCode, end } = await files.run(['*.test.mjs'], { env: { [untilVariable]: until } });
    assert.equal(exitCode, 1);
    assert.match(end, /a\.test\.mjs/);
    assert.match(end, /cut off, no time was left|NOT RUN/);
  });

  it('tells what was running and what was waiting when it is ended', async () => {
    await using files = await testFiles({ 'a.test.mjs': endless, 'b.test.mjs': passing });
    const child = files.start(['--test-concurrency=1', '*.test.mjs']);
    child.stderr.resume();
    const closed = once(child, 'close') as Promise<[number | null]>;
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.includes('waiting')) child.kill('SIGINT');
    }
    assert.equal((await closed)[0], 130);
    const end = endOf(`${lines.join('\n')}\n`);
    assert.match(end, /FAILED a\.test\.mjs, not run again: the run was cut off\n/);
    assert.match(end, /✖ the file itself .*\n\s+cut off, ended by SIGINT; /);
    assert.match(end, /NOT RUN, the run was cut off: b\.test\.mjs\n/);
    assert.match(end, /tests failed: 1 files, 1 FAILED, 1 NOT RUN\n$/);
  });
});

async function assertFailsTogether(late: string): Promise<void> {
  await using files = await testFiles({ 'a.test.mjs': late, 'b.test.mjs': lasting });
  const { exitCode, end } = await files.run(['--together', '--test-concurrency=1', '*.test.mjs']);
  assert.equal(exitCode, 1);
  assert.match(end, /^FAILED a\.test\.mjs, twice\n/m);
  assert.match(end, /tests failed: 2 files, 1 FAILED\n$/);
}

const passing = `import { test } from 'node:test'; test('passes', () => {});`;

const failing = `import { before, describe, it } from 'node:test';
describe('a suite', () => {
  describe('an inner one', () => {
    it('fails', () => { throw new Error('the outer', { cause: new TypeError('the inner') }); });
    it('is to be done', { todo: true }, () => { throw new Error('to be done'); });
  });
});
describe('one with a hook', () => {
  before(() => { throw new Error('no ground'); });
  it('is hooked', () => {});
});
it('was told', () => { if (!globalThis.said) throw new Error('nothing was said'); });`;

const disturbing = `import { test } from 'node:test';
test('finds nothing of another file', () => {
  if (globalThis.left !== undefined) throw new Error('there is something');
  globalThis.left = 'something';
});`;

const throwingLate = `import { test } from 'node:test';
test('passes', () => { setTimeout(() => { throw new Error('too late'); }, 100); });`;

const registeringLate = `import { test } from 'node:test';
test('passes', () => {});
setTimeout(() => { test('comes late', () => { throw new Error('too late'); }); }, 100);`;

const lasting = `import { test } from 'node:test';
test('passes', () => new Promise(resolve => { setTimeout(resolve, 300); }));`;

const withHooks = `import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
let begun = 0;
before(() => { begun++; });
after(() => { begun--; });
test('its hook has run, and only for it', () => assert.equal(begun, 1));`;

const failingOnce = `import { appendFileSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
describe('a suite', () => {
  it('fails once', () => {
    appendFileSync('runs', 'x');
    if (readFileSync('runs', 'utf8') === 'x') throw new Error('first time unlucky');
  });
});`;

const endless = `import { describe, it } from 'node:test';
describe('a suite', () => {
  it('waits', async () => {
    process.stderr.write('waiting\\n');
    await new Promise(resolve => setTimeout(resolve, 1e8));
  });
});`;

interface Runner extends AsyncDisposable {
  readonly dir: string;
  readonly read: (file: string) => Promise<string>;
  readonly start: (given: readonly string[], options?: RunOptions) => ReturnType<typeof startRunner>;
  readonly run: (
    given: readonly string[],
    options?: RunOptions,
  ) => Promise<{ exitCode: number | null; out: string; end: string }>;
}

interface RunOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function testFiles(files: Readonly<Record<string, string>>): Promise<Runner> {
  const dir = await mkdtemp(join(tmpdir(), 'hozon-runner-'));
  for (const [name, source] of Object.entries(files)) await writeFile(join(dir, name), source);
  return {
    dir,
    read: file => readFile(join(dir, file), 'utf8'),
    start: (given, options) => startRunner(dir, given, options),
    run: async (given, options) => {
      const child = startRunner(dir, given, options);
      child.stderr.resume();
      const [output, [exitCode]] = await Promise.all([
        text(child.stdout),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      return { exitCode, out: output, end: endOf(output) };
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

function startRunner(cwd: string, given: readonly string[], { flags = [], env = {} }: RunOptions = {}) {
  const { NODE_TEST_CONTEXT: _, [untilVariable]: __, ...inherited } = process.env;
  const program = join(import.meta.dirname, '../../testbed/run-tests.ts');
  return spawn(process.execPath, [...flags, program, '--bare', ...given], {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What is said once everything has ended. */
function endOf(output: string): string {
  const begin = output.search(/^(?:UNSTEADY|FAILED|NOT RUN|tests (?:passed|failed))/m);
  return begin < 0 ? output : output.slice(begin);
}
