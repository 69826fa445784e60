import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { BlobInfo } from '../access/blobs.ts';
import { planLogs } from './old-logs.ts';
import { planOrphans, sessionOf } from './orphan-packs.ts';
import { safetyFull, safetyNone } from './safety.ts';

const hour = 3_600_000;
const began = 1000 * hour;

function blob(id: string, age: number): BlobInfo {
  return { id, size: 100, modified: new Date(began - age * hour) };
}

function planned(blobs: readonly BlobInfo[], sessions: Record<string, number> = {}) {
  const { remove, retain } = planOrphans(
    {
      blobs,
      isUsed: id => id.startsWith('pused'),
      sessions: new Map(Object.entries(sessions).map(([id, age]) => [id, began - age * hour])),
      began,
    },
    safetyFull,
  );
  return { remove: remove.map(({ id }) => id), retain: retain.map(each => [each.blob.id, each.because]) };
}

test('only what is old, in no index and of no living session is removed', () => {
  const blobs = [
    blob('pused1-s1', 500),
    blob('pa-s1', 25),
    blob('qb-s1', 23),
    blob('pc-s2', 90),
    blob('sx-s2', 90),
    blob('sy-s3', 97),
  ];
  assert.deepEqual(planned(blobs, { s2: 90, s3: 97 }), {
    remove: ['pa-s1', 'sy-s3'],
    retain: [
      ['qb-s1', 'young'],
      ['pc-s2', 'session'],
      ['sx-s2', 'session'],
    ],
  });
});

test('what came after the beginning stays even without margins', () => {
  const plan = planOrphans(
    { blobs: [blob('pa', -1), blob('pb', 0)], isUsed: () => false, sessions: new Map(), began },
    safetyNone,
  );
  assert.deepEqual(
    plan.remove.map(({ id }) => id),
    ['pb'],
  );
});

test('the session of a blob is the part of its name that begins with s', () => {
  assert.equal(sessionOf('p0123-s456'), 's456');
  assert.equal(sessionOf('xn0_12-s34-c1'), 's34');
  assert.equal(sessionOf('p0123'), undefined);
});

test('nothing that is used, young or of a living session is ever removed, and everything else is', () => {
  const anyBlob = fc.record({
    id: fc
      .tuple(fc.constantFrom('pused', 'pa', 'qb', 's'), fc.nat(9), fc.nat(3))
      .map(([kind, n, s]) => `${kind}${n}-s${s}`),
    age: fc.integer({ min: -10, max: 200 }),
  });
  const ages = fc.dictionary(
    fc.nat(3).map(n => `s${n}`),
    fc.integer({ min: 0, max: 200 }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(anyBlob, { selector: ({ id }) => id }), ages, (blobs, sessions) => {
      const removed = new Set(
        planned(
          blobs.map(({ id, age }) => blob(id, age)),
          sessions,
        ).remove,
      );
      for (const { id, age } of blobs) {
        const alive = (sessions[sessionOf(id) ?? ''] ?? 999) < 96;
        assert.equal(removed.has(id), !id.startsWith('pused') && age >= 24 && !alive, id);
      }
    }),
  );
});

test('of logs the newest stay, as many as every limit allows', () => {
  const logs = [1, 2, 3, 4, 5].map(age => blob(`_log_${age}`, age));
  const kept = (maxTotalSize: number, maxCount: number, maxAge: number) =>
    planLogs(logs.toReversed(), { maxTotalSize, maxCount, maxAge: maxAge * hour }, began).keep.length;
  assert.equal(kept(0, 0, 0), 5);
  assert.equal(kept(300, 0, 0), 3);
  assert.equal(kept(299, 0, 0), 2);
  assert.equal(kept(0, 4, 0), 4);
  assert.equal(kept(0, 0, 2), 2);
  assert.equal(kept(300, 1, 2), 1);
});
