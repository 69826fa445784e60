import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secondsLeft } from './limit.ts';
import type { FileOutcome } from './outcome.ts';
import { report } from './report.ts';
import { hasPassed, mostRunAgain, runTwice, type TwiceOptions } from './twice.ts';

describe('a second run', () => {
  it('is of the files that failed only, one after the other', async () => {
    const alone: string[] = [];
    const verdict = await runTwice({
      ...setting([failed('/p/a'), passed('/p/b'), failed('/p/c')]),
      alone: async file => {
        alone.push(file);
        return { files: [file === '/p/a' ? passed(file) : failed(file)], notBegun: [] };
      },
    });
    assert.deepEqual(alone, ['/p/a', '/p/c']);
    assert.deepEqual(
      verdict.failed.map(({ verdict }) => verdict),
      ['unsteady', 'failed-again'],
    );
    assert.equal(hasPassed(verdict), false);
    assert.equal(hasPassed({ ...verdict, failed: verdict.failed.slice(0, 1) }), true);
    assert.equal(hasPassed({ ...verdict, failed: [], notBegun: ['/p/d'] }), false);
    assert.equal(hasPassed({ ran: 0, failed: [], notBegun: [] }), false);
  });

  it('is none where many files failed, where no time is left, and where the run was cut off', async () => {
    const many = Array.from({ length: mostRunAgain + 1 }, (_, i) => failed(`/p/${i}`));
    for (const options of [
      setting(many),
      { ...setting([failed('/p/a')]), secondsLeft: () => 20 },
      { ...setting([failed('/p/a')]), signal: AbortSignal.abort() },
    ]) {
      const verdict = await runTwice(options);
      assert.ok(verdict.failed.every(({ verdict }) => verdict === 'not-run-again'));
      assert.equal(hasPassed(verdict), false);
    }
    const few = await runTwice(setting(many.slice(1)));
    assert.ok(few.failed.every(({ verdict }) => verdict === 'unsteady'));
  });
});

describe('what is said at the end', () => {
  it('is short however much failed, and has something of each failure', async () => {
    const long = 'x'.repeat(100_000);
    const files = Array.from({ length: mostRunAgain }, (_, i) =>
      failed(`/p/${i}`, `begin${i} ${long} end${i}`),
    );
    const verdict = await runTwice({
      ...setting(files),
      alone: async file => ({ files: [failed(file, long)], notBegun: [] }),
    });
    const end = report(verdict, '/p');
    assert.ok(end.length < 9000, `${end.length}`);
    for (let i = 0; i < mostRunAgain; i++)
      assert.match(end, new RegExp(`FAILED ${i}, twice\\n.*\\n.*begin${i} `));
    const crowd = Array.from({ length: 300 }, (_, i) => failed(`/p/${i}`, long));
    const crowded = report(await runTwice(setting(crowd)), '/p');
    assert.ok(crowded.length < 15_000, `${crowded.length}`);
    assert.match(crowded, /^\(275 more files that failed\)/);
    assert.match(crowded, /tests failed: 300 files, 300 FAILED\n$/);
  });

  it('has what failed only beside others, and what is broken last', async () => {
    const verdict = await runTwice({
      ...setting([failed('/p/a', 'too slow'), failed('/p/b', 'too slow'), failed('/p/c')]),
      alone: async file => ({
        files: [file === '/p/a' ? failed(file, 'wrong') : passed(file)],
        notBegun: [],
      }),
    });
    assert.match(
      report(verdict, '/p'),
      /UNSTEADY b[^]*UNSTEADY c[^]*FAILED a, twice[^]*\(the first time\) too slow[^]*wrong/,
    );
  });
});

describe('the time that is left', () => {
  it('is that until the end, less what is reserved; without a limit it is infinite', () => {
    assert.equal(secondsLeft({}), Number.POSITIVE_INFINITY);
    assert.equal(secondsLeft({ HOZON_TESTS_UNTIL: '5000' }, 1_000_000), 3910);
    assert.equal(secondsLeft({ HOZON_TESTS_UNTIL: '5000' }, 5_000_000), 0);
    assert.throws(() => secondsLeft({ HOZON_TESTS_UNTIL: 'soon' }), /HOZON_TESTS_UNTIL/);
  });
});

/** A run with these outcomes, whose files pass when they are run again. */
function setting(files: readonly FileOutcome[]): TwiceOptions {
  return {
    first: async () => ({ files, notBegun: [] }),
    alone: async file => ({ files: [passed(file)], notBegun: [] }),
    secondsLeft: () => Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    narrate: () => {},
  };
}

function passed(file: string): FileOutcome {
  return { file, seconds: 10, failures: [] };
}

function failed(file: string, text = 'wrong'): FileOutcome {
  return { file, seconds: 10, failures: [{ test: 'a test', seconds: 5, text }] };
}
