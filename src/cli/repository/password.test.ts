import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { isHozonError } from '#foundation/errors.ts';
import type { Context } from '../context.ts';
import { say } from '../spec.ts';
import { CapturedStream } from '../testing.ts';
import { resticCompression, resticEnvironment, resticPackSize } from './environment.ts';
import { firstLine } from './first-line.ts';
import { askHidden } from './hidden-prompt.ts';
import { passwordFrom } from './password.ts';
import { outputOfCommand } from './password-command.ts';
import { passwordIn } from './password-text.ts';
import { shellWords } from './shell-words.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-password-'));
});
after(() => rm(directory, { recursive: true }));

test('a password is what is left without marks and white space around it', () => {
  const text = (bytes: Uint8Array): string => passwordIn(bytes).toString();
  assert.equal(text(Buffer.from(' pass word\r\n')), 'pass word');
  assert.equal(text(Buffer.from('\ufeffsecret\n')), 'secret');
  assert.equal(text(Buffer.from('\ufeffパスワード\u3000\n', 'utf16le')), 'パスワード');
  assert.equal(text(Buffer.from('\ufeffabc', 'utf16le').swap16()), 'abc');
  assert.deepEqual(passwordIn(Buffer.from('\n\xff\xe9 x\n', 'latin1')), Buffer.from('\xff\xe9 x', 'latin1'));
  assert.equal(text(Buffer.from('\n \n')), '');
});

test('words are split as restic splits them', () => {
  assert.deepEqual(shellWords('pass show backup'), ['pass', 'show', 'backup']);
  assert.deepEqual(shellWords(' a  "b c" \'d "e\' '), ['a', 'b c', 'd "e']);
  assert.deepEqual(shellWords('"a\\"b" c'), ['a\\"b', 'c']);
  assert.deepEqual(shellWords('C:\\Windows\\x'), ['C:', 'Windows', 'x']);
  for (const broken of ['', ' ', '"a', "a 'b"]) assert.equal(shellWords(broken), undefined, broken);
});

test('a command gives a password, and no shell sees its line', async () => {
  const { signal } = new AbortController();
  const program = join(directory, 'print it.mjs');
  await writeFile(program, 'process.stdout.write(process.argv.slice(2).join("|") + "\\n");');
  const line = `${process.execPath} "${program}" '$HOME' ; >x`;
  assert.equal((await outputOfCommand(line, signal)).toString(), '$HOME|;|>x\n');
});

test('a file that is a pipe is read to its end', async () => {
  const file = join(directory, 'pipe');
  execFileSync('mkfifo', [file]);
  const context = { env: {}, signal: new AbortController().signal } as unknown as Context;
  const reading = passwordFrom({ file }, ['--password-file', '', ''], context);
  const pipe = await open(file, 'w');
  await pipe.write('sec');
  for (let turn = 0; turn < 100; turn++) await setImmediate();
  await pipe.write('ret\n');
  await pipe.close();
  assert.equal((await reading)?.toString(), 'secret');
});

test('what a command says or is told is in no error', async () => {
  const { signal } = new AbortController();
  const script = (text: string): string => `${process.execPath} -e "${text}" hidden`;
  const failing = [
    script("console.log('hidden'); process.exit(3)"),
    script("process.stdout.write('x'.repeat(100000))"),
    '/does/not/exist hidden',
    '"hidden',
  ];
  for (const line of failing) {
    await assert.rejects(outputOfCommand(line, signal), thrown => {
      assert.ok(isHozonError(thrown, 'repository.password-command'));
      assert.doesNotMatch(`${thrown.explain('en')}${thrown.explain('ja')}`, /hidden/);
      return true;
    });
  }
  await assert.rejects(outputOfCommand('sleep 60', AbortSignal.abort(new Error('enough'))), /enough/);
});

class Terminal extends PassThrough {
  readonly isTTY = true;
  readonly modes: boolean[] = [];

  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
}

function asked(typed: string, signal = new AbortController().signal) {
  const [stdin, err] = [new Terminal(), new CapturedStream()];
  const answer = askHidden(say('Password: ', 'パスワード: '), { language: 'en', stdin, err, signal });
  stdin.write(typed);
  return { answer, stdin, err };
}

test('what is typed is read without being shown, and can be corrected', async () => {
  const { answer, stdin, err } = asked('wrong\u0015sé\u007fecrxt\b\bet\rmore');
  assert.equal(await answer, 'secret');
  assert.deepEqual(stdin.modes, [true, false]);
  assert.equal(err.text, 'Password: \n');
  assert.equal(stdin.listenerCount('data'), 0);
});

test('typing is given up by Ctrl-C, by the end of input and by the signal', async () => {
  for (const typed of ['abc\u0003', '\u0004']) {
    const { answer, stdin } = asked(typed);
    await assert.rejects(answer, thrown => isHozonError(thrown, 'run.cancelled'));
    assert.deepEqual(stdin.modes, [true, false]);
  }
  const ended = asked('abc');
  ended.stdin.end();
  await assert.rejects(ended.answer, thrown => isHozonError(thrown, 'run.cancelled'));
  const controller = new AbortController();
  const stopped = asked('abc', controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(stopped.answer, /enough/);
  assert.deepEqual(stopped.stdin.modes, [true, false]);
  const stdin = new PassThrough();
  const none = {
    language: 'en',
    stdin,
    err: new CapturedStream(),
    signal: new AbortController().signal,
  } as const;
  assert.equal(await askHidden(say('Password: ', 'パスワード: '), none), undefined);
});

test("restic's variables are read; empty ones and nonsense are not there", () => {
  const env = resticEnvironment({
    RESTIC_REPOSITORY: 's3:host/bucket',
    RESTIC_PASSWORD: '',
    RESTIC_HOST: 'here',
  });
  assert.equal(env.repository, 's3:host/bucket');
  assert.deepEqual([env.password, env.cacheDirectory], [undefined, undefined]);
  assert.equal(env.host, 'here');
});

test('what restic would refuse of its variables is refused', () => {
  const [compression, pack] = [
    (value: string) => resticCompression({ RESTIC_COMPRESSION: value }),
    (value: string) => resticPackSize({ RESTIC_PACK_SIZE: value }),
  ];
  assert.deepEqual(['max', 'off', 'auto', ''].map(compression), ['max', 'off', 'auto', undefined]);
  assert.deepEqual(['64', '4', '128', '16', '', 'large', '-1'].map(pack), [
    64,
    4,
    128,
    16,
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(resticPackSize({ RESTIC_PACK_SIZE: '64' }, 8), 8);
  assert.equal(resticPackSize({ RESTIC_PACK_SIZE: '64' }, 0), undefined);
  const refused = (thrown: unknown): boolean => isHozonError(thrown, 'cli.bad-value');
  assert.throws(() => compression('best'), refused);
  assert.throws(() => resticPackSize({}, 3), refused);
  for (const size of ['3', '129', '9999999999']) assert.throws(() => pack(size), refused);
});

test('a password comes from the first line where there is no terminal; the rest is left', async () => {
  const { signal } = new AbortController();
  const options = { limit: 20, signal };
  const read = async (...pieces: string[]): Promise<[string | undefined, string]> => {
    const stream = Readable.from(pieces.map(piece => Buffer.from(piece)));
    const line = await firstLine(stream, options);
    return [line?.toString('latin1'), Buffer.concat(await stream.toArray()).toString()];
  };
  assert.deepEqual(await read('sec', 'ret\r', '\nmore\n'), ['secret', 'more\n']);
  assert.deepEqual(await read(' secret '), [' secret ', '']);
  assert.deepEqual(await read('\nsecret'), ['', 'secret']);
  assert.deepEqual(await read(), [undefined, '']);
  assert.equal((await read('x'.repeat(50)))[0], 'x'.repeat(20));
  const silent = new PassThrough();
  const stopped = new AbortController();
  const waiting = firstLine(silent, { limit: 20, signal: stopped.signal });
  stopped.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});
