import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHere } from '../../../testing.ts';

for (const given of ['0', '-5m', '999ms', '24h1s', '720h']) {
  test(`--stall-timeout ${given} is refused before anything is looked at`, async () => {
    const words = ['etcd', 'snapshot', 'save', '/nowhere/at/all/', `--stall-timeout=${given}`];
    const { code, err } = await runHere(words);
    assert.equal(code, 2, err);
    assert.match(err, /--stall-timeout \[cli\.bad-value\][^]*1s–24h/);
  });
}

for (const given of ['1s', '24h']) {
  test(`--stall-timeout ${given} is taken`, async () => {
    const words = ['etcd', 'snapshot', 'save', '/nowhere/at/all/', `--stall-timeout=${given}`];
    const { err } = await runHere(words);
    assert.match(err, /etcd\.save-unwritable/);
  });
}
