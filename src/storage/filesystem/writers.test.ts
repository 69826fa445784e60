import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  isLeftBehind,
  isRunningHere,
  nameOfWrite,
  silence,
  thisWriter,
  type Writer,
  writerOf,
} from './writers.ts';

const self: Writer = { machine: 'aa', boot: 'bb', namespace: '123', pid: 7, started: '99' };
const alive = async () => true;
const dead = async () => false;

test('a name gives its writer back, and no other text does', async () => {
  const writer = await thisWriter();
  assert.deepEqual(writerOf(nameOfWrite(writer)), writer);
  assert.notEqual(nameOfWrite(writer), nameOfWrite(writer));
  for (const text of ['', 'x', 'aa.bb.123.7.99', '../etc', 'aa.bb.123.7.99.0123456789abcdeg', '....7..']) {
    assert.equal(writerOf(text), undefined, text);
  }
});

test('a writer of this machine is left behind exactly when its process is gone', async () => {
  assert.equal(await isLeftBehind(self, self, 0, dead), true);
  assert.equal(await isLeftBehind(self, self, silence * 9, alive), false);
});

test('a writer from before the last start of this machine is left behind', async () => {
  assert.equal(await isLeftBehind({ ...self, boot: 'cc' }, self, 0, alive), true);
});

test('a writer that cannot be asked is left behind after a day of silence', async () => {
  const strangers: (Writer | undefined)[] = [
    undefined,
    { ...self, machine: 'other' },
    { ...self, namespace: '456' },
    { ...self, machine: '0', boot: 'cc' },
  ];
  for (const stranger of strangers) {
    const here = stranger?.machine === '0' ? { ...self, machine: '0' } : self;
    assert.equal(await isLeftBehind(stranger, here, silence, dead), false);
    assert.equal(await isLeftBehind(stranger, here, silence + 1, alive), true);
  }
});

test('where it is not known which start of the machine is meant, a writer cannot be asked', async () => {
  const [known, unknown] = [self, { ...self, boot: '0' }];
  for (const [writer, here] of [
    [unknown, known],
    [known, unknown],
    [unknown, unknown],
    [
      { ...unknown, machine: '0' },
      { ...unknown, machine: '0' },
    ],
  ] as const) {
    assert.equal(await isLeftBehind(writer, here, silence, dead), false);
    assert.equal(await isLeftBehind(writer, here, silence + 1, alive), true);
  }
});

test('a process runs until it ends, even unwaited-for; another one with its number is not it', async () => {
  const { started } = await thisWriter();
  assert.equal(await isRunningHere(process.pid, started), true);
  if (started !== '0') assert.equal(await isRunningHere(process.pid, '1'), false);
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const { pid = 0 } = child;
  assert.equal(await isRunningHere(pid, '0'), true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await isRunningHere(pid, '0'), false);
});
