import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayDeletePacks, mayRewrite, type PastRun, safeDropTime, tasks } from './run-history.ts';
import { safetyFull, safetyNone } from './safety.ts';

const hour = 3_600_000;

function history(runs: Readonly<Record<string, readonly PastRun[]>>): (task: string) => readonly PastRun[] {
  return task => runs[task] ?? [];
}

function run(start: number, success = true): PastRun {
  return { start: start * hour, end: start * hour + 60_000, success };
}

test('deleted contents are dropped by the second collection that lies four hours behind another, an hour before that began', () => {
  const drop = (...collections: PastRun[]) =>
    safeDropTime(history({ [tasks.collect]: collections }), safetyFull, 99 * hour);
  assert.equal(drop(), undefined);
  assert.equal(drop(run(10)), undefined);
  assert.equal(drop(run(14), run(10)), undefined, 'the end counts, not the start');
  assert.equal(drop(run(15), run(10)), 9 * hour);
  assert.equal(drop(run(15), run(14), run(10), run(5)), 9 * hour);
  assert.equal(drop(run(15), run(10, false), run(5)), 4 * hour);
  assert.equal(drop(run(15, false), run(10)), undefined);
  assert.equal(safeDropTime(history({}), safetyNone, 99 * hour), 99 * hour);
});

test('contents are written anew only after what the last rewriting emptied was deleted', () => {
  assert.ok(mayRewrite(history({}), safetyFull));
  assert.ok(mayRewrite(history({ [tasks.rewriteFull]: [run(5, false)] }), safetyFull));
  assert.ok(!mayRewrite(history({ [tasks.rewriteFull]: [run(5)] }), safetyFull));
  assert.ok(
    !mayRewrite(history({ [tasks.rewriteFull]: [run(5)], [tasks.deleteFull]: [run(4)] }), safetyFull),
  );
  assert.ok(mayRewrite(history({ [tasks.rewriteFull]: [run(5)], [tasks.deleteFull]: [run(6)] }), safetyFull));
  assert.ok(mayRewrite(history({ [tasks.rewriteFull]: [run(5)] }), safetyNone));
});

test('packs are deleted an hour after the last rewriting', () => {
  const runs = history({ [tasks.rewriteFull]: [run(5)] });
  assert.ok(!mayDeletePacks(runs, safetyFull, 6 * hour));
  assert.ok(mayDeletePacks(runs, safetyFull, 6 * hour + 60_000));
  assert.ok(mayDeletePacks(history({}), safetyFull, 0));
});
