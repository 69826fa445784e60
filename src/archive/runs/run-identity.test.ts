import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isAlive, isThisProcess, readRunIdentity } from './run-identity.ts';

test('this process is alive and itself; each asking has its own run id', async () => {
  const [one, two] = await Promise.all([readRunIdentity(), readRunIdentity()]);
  assert.notEqual(one.runId, two.runId);
  assert.equal(await isAlive(one), 'alive');
  assert.equal(await isThisProcess(two), true);
  assert.equal(one.pid, process.pid);
});

test('a process that ended, or whose id another has now, is dead', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const self = await readRunIdentity();
  assert.equal(await isAlive({ ...self, pid: child.pid ?? 0 }), 'dead');
  assert.equal(await isAlive({ ...self, started: '1' }), 'dead');
  assert.equal(await isThisProcess({ ...self, started: '1' }), false);
});

test('what ran before this machine’s last start is dead; what runs elsewhere is unknown', async () => {
  const self = await readRunIdentity();
  const known = { ...self, machine: self.machine, boot: 'abc' };
  assert.equal(await isAlive(known), self.machine === '0' || self.boot === '0' ? 'unknown' : 'dead');
  assert.equal(await isAlive({ ...self, machine: 'def' }), 'unknown');
  assert.equal(await isAlive({ ...self, host: 'another' }), 'unknown');
  assert.equal(await isAlive({ ...self, pidNamespace: '1' }), 'unknown');
  assert.equal(await isAlive({ ...self, boot: '0', started: '1' }), 'unknown');
});
