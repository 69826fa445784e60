import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHere } from '../../testing.ts';

test('flags that contradict each other are refused before any cluster is looked for', async () => {
  const refused = [
    ['--live', '--pause-node-pools'],
    ['--no-key', '--key-repo', '/keys'],
  ];
  for (const flags of refused) {
    const ran = await runHere(['hosted-cluster', 'snapshot', 'west', 's3://bucket/west', ...flags]);
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, /cli\.conflicting-flags/);
  }
});
