import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { identityOf, isRunning, readState, type TestbedState, writeState } from './state.ts';

test('a process is known by its id and its start', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = await identityOf(child.pid ?? 0);
  assert.ok(identity);
  assert.equal(await isRunning(identity), true);
  assert.equal(await isRunning({ ...identity, started: '1' }), false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await isRunning(identity), false);
});

test('the state comes back as it was written and is its owner’s alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hozon-state-'));
  try {
    const path = join(dir, 'below', 'demo.json');
    assert.equal(await readState(path), undefined);
    const state = { owner: { pid: 1, started: '2' }, extent: 'light' } as unknown as TestbedState;
    await writeState(path, state);
    assert.deepEqual(await readState(path), state);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(dir, 'below'))).mode & 0o777, 0o700);
  } finally {
    await rm(dir, { recursive: true });
  }
});
