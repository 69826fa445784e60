import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { say } from '#foundation/language.ts';
import { rounds } from '#testbed/soak.ts';
import { raise } from './errors.ts';
import type { JournalRecord } from './journal.ts';
import { perform } from './perform.ts';
import { type Procedure, proven, type Step, type Undo, unproven } from './step.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { cellsOf, type Fault, Killed, type Kind, procedureOn, World } from './testing/world.ts';
import { undo } from './undo.ts';

/** Runs until a run comes to an end of its own; each run meets the next fault. */
async function runsUntilEnd(
  kinds: readonly Kind[],
  faults: readonly Fault[],
  onFailure: Procedure['onFailure'] = 'undo',
) {
  const world = new World(cellsOf(kinds));
  const journal = new MemoryJournal();
  for (const fault of [...faults, undefined]) {
    world.meet(fault);
    try {
      await using held = await world.watched(journal).claim();
      const performed = await perform(procedureOn(world, kinds, onFailure), held);
      if (performed.end !== 'stopped') return { ends: [performed.end], world, journal };
    } catch (thrown) {
      if (!(thrown instanceof Killed) && !world.isDead && fault === undefined) throw thrown;
    }
    journal.die();
    const isCleared = journal.history.length > 0 && journal.history.at(-1) === undefined;
    if (isCleared) return { ends: ['finished', 'undone'], world, journal }; // it died behind its end
  }
  throw new Error('the run that met no fault did not come to an end');
}

const kinds = fc.array(fc.constantFrom<Kind>('change', 'look', 'while'), { minLength: 1, maxLength: 5 });
const faults = fc.array(
  fc.record({
    at: fc.nat(40),
    how: fc.constantFrom<Fault['how']>('killed before', 'killed behind', 'fails'),
  }),
  { maxLength: 4 },
);

test('whatever is killed or fails wherever: the end is all of it, or what was there before', async () => {
  await fc.assert(
    fc.asyncProperty(
      kinds,
      faults,
      fc.constantFrom<Procedure['onFailure']>('undo', 'stop'),
      async (steps, met, onFailure) => {
        const { ends, world, journal } = await runsUntilEnd(steps, met, onFailure);
        const finished = world.whenFinished(steps);
        for (const [at, cells] of world.epochs.entries()) {
          const before = world.epochs[Math.max(0, at - 1)];
          assert.ok([before, finished].some(each => isDeepStrictEqual(each, cells)));
        }
        if (!ends.includes('undone')) assert.deepEqual(world.cells, finished);
        assert.deepEqual(world.cells, world.epochs.at(-1));
        assert.equal(await journal.load(), undefined);
        assertOriginals(journal.history, world.epochs);
      },
    ),
    { numRuns: rounds(70) },
  );
});

/** No journal ever holds a changed state for the original: what the cells were when it was last empty. */
function assertOriginals(history: readonly (JournalRecord | undefined)[], epochs: World['epochs']): void {
  let epoch = 0;
  for (const record of history) {
    if (record === undefined) epoch++;
    for (const [id, { memory }] of Object.entries(record?.steps ?? {})) {
      if (memory !== undefined) assert.equal(memory, epochs[epoch]?.[Number(id.split('-')[1])], id);
    }
  }
}

test('nothing is changed before the journal tells what was there', async () => {
  const world = new World([1, 2]);
  const journal = new MemoryJournal();
  const procedure = procedureOn(world, ['change', 'while'], 'undo');
  world.onChange = async () => {
    const kept = await journal.load();
    const memories = ['change-0', 'while-1'].map(id => kept?.steps[id]?.memory);
    assert.deepEqual(memories, [1, 2]);
  };
  await using held = await journal.claim();
  assert.equal((await perform(procedure, held)).end, 'finished');
  assert.ok(world.changes > 0);
});

test('a cancelled run takes back what it did, although it is cancelled', async () => {
  const world = new World([1, 2]);
  const stop = new AbortController();
  world.onChange = async () => stop.abort(new Error('enough'));
  await using held = await new MemoryJournal().claim();
  const performed = await perform(procedureOn(world, ['change', 'change'], 'undo'), held, {
    signal: stop.signal,
  });
  assert.equal(performed.end, 'undone');
  assert.match(String('failure' in performed && performed.failure), /enough/);
  assert.deepEqual(world.cells, [1, 2]);
});

test('what a run for something else left is taken back before anything is begun', async () => {
  const world = new World([1]);
  const journal = new MemoryJournal();
  const kind: Kind[] = ['change'];
  {
    world.meet({ at: 4, how: 'killed behind' });
    const first = { ...procedureOn(world, kind, 'undo'), input: 'another place' };
    await using held = await world.watched(journal).claim();
    await assert.rejects(perform(first, held));
    assert.ok(world.isDead);
  }
  assert.notDeepEqual(world.cells, [1]);
  journal.die();
  world.meet(undefined);
  const seen: string[] = [];
  await using held = await journal.claim();
  const onEvent = ({ kind: what, step }: { kind: string; step: Step }) => seen.push(`${what} ${step.id}`);
  assert.equal((await perform(procedureOn(world, kind, 'undo'), held, { onEvent })).end, 'finished');
  assert.deepEqual(seen, ['undoing change-0', 'undone change-0', 'begun change-0', 'proven change-0']);
});

test('a step that is still needed and no longer so is done again, and one that nobody needs is not', async () => {
  const done: string[] = [];
  const there = new Set<string>();
  const step = (id: string, neededBy: readonly string[], fails = false): Step => ({
    id,
    title: say(id, id),
    neededBy,
    async act() {
      done.push(id);
      if (fails) throw new Error('not yet');
      there.add(id);
      return undefined;
    },
    prove: async () => (there.has(id) ? proven : unproven(say('it is not there', 'ありません'))),
  });
  const procedure = (fails: boolean): Procedure => ({
    name: 'p',
    input: 1,
    onFailure: 'stop',
    steps: [step('down', ['copy']), step('copy', ['ship']), step('note', []), step('ship', [], fails)],
  });
  const journal = new MemoryJournal();
  {
    await using held = await journal.claim();
    assert.equal((await perform(procedure(true), held)).end, 'stopped');
  }
  there.clear(); // another machine, another day
  done.length = 0;
  await using held = await journal.claim();
  assert.equal((await perform(procedure(false), held)).end, 'finished');
  assert.deepEqual(done, ['down', 'copy', 'note', 'ship']);
});

test('what is found out of what is gone does not count: all is taken back, and nothing of the dead run is told', async () => {
  const world = new World([1]);
  const journal = new MemoryJournal();
  let artefact: string | undefined;
  const done: string[] = [];
  const looking = (id: string, neededBy: readonly string[], act: () => string): Step => ({
    id,
    title: say(id, id),
    onlyLooks: true,
    neededBy,
    async act() {
      done.push(id);
      return act();
    },
    prove: async (_, { result }) =>
      result !== undefined && (id !== 'copy' || result === artefact)
        ? proven
        : unproven(say('gone', 'ありません')),
  });
  const procedure = (ships: boolean): Procedure => {
    const [down, up] = procedureOn(world, ['while'], 'stop').steps;
    assert.ok(down && up);
    const steps: Step[] = [
      looking('preflight', [], () => 'looked'),
      { ...down, neededBy: ['copy'] },
      looking('copy', ['verify', 'ship'], () => {
        artefact = `copy ${done.length}`;
        return artefact;
      }),
      up,
      looking('verify', ['ship'], () => `verified ${artefact}`),
      {
        id: 'ship',
        title: say('ship', 'ship'),
        act: run => (ships ? Promise.resolve(run.resultOf('verify')) : Promise.reject(new Error('not yet'))),
        prove: async () => proven,
      },
    ];
    return { name: 'p', input: 1, onFailure: 'stop', steps };
  };
  {
    await using held = await journal.claim();
    assert.equal((await perform(procedure(false), held)).end, 'stopped');
  }
  assert.equal((await journal.load())?.steps['while-0']?.state, 'undone');
  artefact = undefined; // another machine
  world.cells[0] = 7; // somebody changed it since
  done.length = 0;
  await using held = await journal.claim();
  const performed = await perform(procedure(true), held);
  assert.deepEqual(done, ['preflight', 'copy', 'verify']);
  assert.ok(performed.end === 'finished' && performed.results['ship'] === 'verified copy 2');
  assert.deepEqual(world.cells, [7]);
});

test('what a step has settled is not taken back: others may have changed it since', async () => {
  const world = new World([1, 2]);
  const { steps, ...rest } = procedureOn(world, ['while'], 'undo');
  const failing: Step = {
    id: 'failing',
    title: say('failing', 'failing'),
    async act() {
      world.cells[0] = 9;
      throw new Error('refused');
    },
    prove: async () => proven,
  };
  await using held = await new MemoryJournal().claim();
  assert.equal((await perform({ ...rest, steps: [...steps, failing] }, held)).end, 'undone');
  assert.deepEqual(world.cells, [9, 2]);
});

test('of a run that had come to its end but for the journal nothing is told: the next one is another', async () => {
  const world = new World([1]);
  const journal = new MemoryJournal();
  const procedure = { ...procedureOn(world, ['change'], 'undo'), tidy: async () => void tidied++ };
  let tidied = 0;
  {
    await using held = await journal.claim();
    const failing = { ...held, clear: () => Promise.reject(new Error('away')) };
    await assert.rejects(perform(procedure, failing));
  }
  world.cells[0] = 5;
  await using held = await journal.claim();
  assert.equal((await perform(procedure, held)).end, 'finished');
  assert.equal(tidied, 3);
  const memories = journal.history.map(record => record?.steps['change-0']?.memory);
  assert.deepEqual([memories[0], memories.at(-2)], [1, 5]);
});

test('what a dead run began is undone by any other, the last first', async () => {
  const world = new World([1, 2, 3]);
  const journal = new MemoryJournal();
  const procedure = procedureOn(world, ['change', 'change', 'change'], 'undo');
  {
    world.meet({ at: 10, how: 'killed behind' });
    await using held = await world.watched(journal).claim();
    await assert.rejects(perform(procedure, held));
    assert.ok(world.isDead);
  }
  journal.die();
  world.meet(undefined);
  const order: string[] = [];
  await using held = await journal.claim();
  await undo(procedure, held, { onEvent: ({ kind, step }) => kind === 'undone' && order.push(step.id) });
  assert.deepEqual(order, ['change-1', 'change-0']);
  assert.deepEqual(world.cells, [1, 2, 3]);
  assert.equal(await journal.load(), undefined);
});

test('an undoing that fails says so, and leaves the journal to the next run', async () => {
  const world = new World([1, 2]);
  const journal = new MemoryJournal();
  const { steps, ...rest } = procedureOn(world, ['change', 'change'], 'undo');
  const [first, second] = steps;
  assert.ok(first?.undo && second);
  const stuck: Step = { ...first, undo: { ...first.undo, act: () => Promise.reject(new Error('stuck')) } };
  const failing: Step = { ...second, act: () => Promise.reject(new Error('refused')) };
  {
    await using held = await journal.claim();
    await assert.rejects(perform({ ...rest, steps: [stuck, failing] }, held), { code: 'steps.undo-failed' });
  }
  assert.equal((await journal.load())?.direction, 'back');
  await using held = await journal.claim();
  await undo({ ...rest, steps }, held);
  assert.deepEqual(world.cells, [1, 2]);
});

test('an undoing that meets what may pass is tried again', async () => {
  const world = new World([1, 2]);
  const { steps, ...rest } = procedureOn(world, ['change', 'change'], 'undo');
  const [first, second] = steps;
  const how = first?.undo;
  assert.ok(first && how && second);
  let attempts = 0;
  const away: Undo = {
    ...how,
    act: async (run, memory) => {
      if (++attempts < 4) throw raise.locked({ what: say('it', 'それ'), who: 'them', since: 'now' });
      await how.act(run, memory);
    },
  };
  const failing: Step = { ...second, act: () => Promise.reject(new Error('refused')) };
  const clock = { now: () => new Date(0), monotonic: () => 0, sleep: async () => {} };
  await using held = await new MemoryJournal().claim();
  const procedure = { ...rest, steps: [{ ...first, undo: away }, failing] };
  assert.equal((await perform(procedure, held, { clock })).end, 'undone');
  assert.equal(attempts, 4);
  assert.deepEqual(world.cells, [1, 2]);
});

test('a journal of another procedure, or with a step that is not known, is left alone', async () => {
  const world = new World([1]);
  const journal = new MemoryJournal();
  const record = { input: null, direction: 'forward', steps: { odd: { state: 'begun' } } } as const;
  for (const procedure of ['test', 'other']) {
    await using held = await journal.claim();
    await held.save({ ...record, procedure });
    await using again = { ...held, found: await journal.load() };
    const wanted = procedureOn(world, ['change'], 'undo');
    await assert.rejects(perform(wanted, again), { code: 'steps.foreign-journal' });
    await assert.rejects(undo(wanted, again), { code: 'steps.foreign-journal' });
  }
  assert.deepEqual(world.cells, [1]);
});
