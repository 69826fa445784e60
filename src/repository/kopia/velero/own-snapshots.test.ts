import assert from 'node:assert/strict';
import { test } from 'node:test';
import { veleroPins, veleroTags } from './names.ts';
import { isOfVelero, withoutVelero } from './own-snapshots.ts';

const claim = { kind: 'claim', namespace: 'shop', claim: 'data', operation: 'du-1' } as const;

test("Velero's snapshots are known by their pin or their tags, and others are left as they are", () => {
  const whole = { pins: [...veleroPins, 'audit'], tags: { ...veleroTags(claim), 'tag:mine': 'yes' } };
  assert.ok(isOfVelero(whole));
  assert.ok(isOfVelero({ pins: [], tags: whole.tags }));
  assert.ok(isOfVelero({ pins: whole.pins, tags: {} }));
  const own = withoutVelero(whole);
  assert.deepEqual(own, { pins: ['audit'], tags: { 'tag:mine': 'yes' } });
  assert.ok(!isOfVelero(own));
  assert.deepEqual(withoutVelero(own), own);
});
