import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createRunReport, type RunReport } from '#archive/runs/run-report.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import { betweenHooks, endedEarly, type HookedPod, type HookOptions } from './between.ts';
import { type HookCounts, newHookCounts, type PodHooks } from './hook.ts';
import { type Fate, podServer, type Ran } from './testing/pod-server.ts';
import { hook, hooks, pod } from './testing/pods.ts';

interface Play {
  readonly pods: readonly (readonly [name: string, hooks: PodHooks])[];
  /** How commands go; those without an entry succeed. */
  readonly fates?: Readonly<Record<string, Fate | ((ran: Ran) => Fate | Promise<Fate>)>>;
  readonly options?: Partial<HookOptions>;
  /** What happens between the hooks. */
  readonly work?: () => unknown;
  /** The pods that the server has; the running ones unless told. */
  readonly live?: readonly KubeObject[];
}

interface Played {
  /** What ran, `work` among it. */
  readonly log: readonly string[];
  readonly stored: readonly string[];
  readonly report: RunReport;
  readonly counts: HookCounts;
  readonly thrown: unknown;
}

const hangs = (): Promise<Fate> => new Promise(() => {});

async function play({ pods, fates = {}, options, work = () => {}, live }: Play): Promise<Played> {
  const hooked: HookedPod[] = pods.map(([name, hooks]) => ({ pod: pod(name), hooks }));
  const go = (ran: Ran): Fate | Promise<Fate> => {
    const fate = fates[ran.command] ?? {};
    return typeof fate === 'function' ? fate(ran) : fate;
  };
  await using server = await podServer(go, live ?? hooked.map(each => each.pod));
  const report = createRunReport(systemClock);
  const counts = newHookCounts();
  const stored: string[] = [];
  let thrown: unknown;
  try {
    await betweenHooks(hooked, { api: server.api, report, counts, ...options }, async ready => {
      server.log.push('work');
      stored.push(...[...ready].map(each => each.metadata.name));
      await work();
    });
  } catch (caught) {
    thrown = caught;
  }
  return { log: server.log, stored, report, counts, thrown };
}

function counted({ attempted, failed }: HookCounts): [number, number] {
  return [attempted, failed];
}

function findings(report: RunReport): string[] {
  return report.findings.map(({ severity, subject, text }) => `${severity} ${subject?.name}: ${text.en()}`);
}

suite('hooks around the storing of pods', () => {
  test('run pod by pod, in order, before and after it', async () => {
    const both = hooks([hook('pre', 'p1'), hook('pre', 'p2')], [hook('post', 'q1'), hook('post', 'q2')]);
    const { log, stored, report, counts, thrown } = await play({
      pods: [
        ['a', both],
        ['b', both],
        ['c', hooks([], [])],
      ],
    });
    assert.equal(thrown, undefined);
    const order = ['a: p1', 'a: p2', 'b: p1', 'b: p2', 'work', 'a: q1', 'a: q2', 'b: q1', 'b: q2'];
    assert.deepEqual(log, order);
    assert.deepEqual(stored, ['a', 'b', 'c']);
    assert.deepEqual(counted(counts), [8, 0]);
    assert.deepEqual(findings(report), []);
  });

  test('get the container and the words of their command', async () => {
    const seen: Ran[] = [];
    const words = { container: 'proxy', command: ['/bin/sh', '-c', 'a && b'] };
    const fate = (ran: Ran): Fate => {
      seen.push(ran);
      return {};
    };
    await play({
      pods: [['a', hooks([hook('pre', '', words)], [])]],
      fates: { '/bin/sh -c a && b': fate },
    });
    assert.deepEqual(seen, [{ pod: 'a', container: 'proxy', command: '/bin/sh -c a && b' }]);
  });

  test('what they print is in the log, what fails says why', async () => {
    const { report } = await play({
      pods: [['a', hooks([hook('pre', 'p')], [])]],
      fates: { p: { exitCode: 3, stdout: 'begun\n', stderr: 'no\nspace left\n' } },
    });
    assert.deepEqual(findings(report), [
      'error a: pre hook rule in container main ended with exit code 3: no | space left',
    ]);
    assert.equal(report.findings[0]?.subject?.namespace, 'shop');
    const log = gunzipSync(await report.log()).toString();
    assert.match(log, /level=info msg="pre hook rule, stdout: begun".* name=a/);
    assert.match(log, /level=info msg="pre hook rule, stderr: space left"/);
  });
});

suite('a pre hook that fails', () => {
  test('with Fail keeps its pod out, ends its other hooks, and as Velero does runs no post hook', async () => {
    const { log, stored, counts, report } = await play({
      pods: [
        ['a', hooks([hook('pre', 'bad'), hook('pre', 'p2')], [hook('post', 'q')])],
        ['b', hooks([hook('pre', 'p')], [hook('post', 'q')])],
      ],
      fates: { bad: { exitCode: 1 } },
    });
    assert.deepEqual(log, ['a: bad', 'b: p', 'work', 'b: q']);
    assert.deepEqual(stored, ['b']);
    assert.deepEqual(counted(counts), [4, 1]);
    assert.deepEqual([report.errors, report.warnings], [1, 0]);
  });

  test('with Continue is a warning and no more', async () => {
    const { log, stored, counts, report } = await play({
      pods: [
        ['a', hooks([hook('pre', 'bad', { onError: 'Continue' }), hook('pre', 'p2')], [hook('post', 'q')])],
      ],
      fates: { bad: { exitCode: 1 } },
    });
    assert.deepEqual(log, ['a: bad', 'a: p2', 'work', 'a: q']);
    assert.deepEqual(stored, ['a']);
    assert.deepEqual(counted(counts), [3, 1]);
    assert.deepEqual([report.errors, report.warnings], [0, 1]);
  });

  test('after another had an effect leaves no pod quiesced', async () => {
    const { log, stored } = await play({
      pods: [['a', hooks([hook('pre', 'p'), hook('pre', 'bad')], [hook('post', 'q')])]],
      fates: { bad: { exitCode: 1 } },
    });
    assert.deepEqual(log, ['a: p', 'a: bad', 'work', 'a: q']);
    assert.deepEqual(stored, []);
  });

  test('by its timeout, or by a lost connection, may have had an effect', async () => {
    const slow = await play({
      pods: [['a', hooks([hook('pre', 'slow', { timeoutMs: 20 })], [hook('post', 'q')])]],
      fates: { slow: hangs },
    });
    assert.deepEqual(slow.log, ['a: slow', 'work', 'a: q']);
    assert.deepEqual(slow.stored, []);
    assert.match(findings(slow.report).join(), /did not end within 20ms; its command may still be running/);
    const cut = await play({
      pods: [['a', hooks([hook('pre', 'p')], [hook('post', 'q')])]],
      fates: { p: 'cut' },
    });
    assert.deepEqual(cut.log, ['a: p', 'work', 'a: q']);
    assert.match(findings(cut.report).join(), /could not be run: .*connection closed/);
  });

  test('because it cannot be begun had none', async () => {
    const refused = await play({
      pods: [['a', hooks([hook('pre', 'p')], [hook('post', 'q')])]],
      fates: { p: 'refused' },
    });
    assert.deepEqual(refused.log, ['a: p', 'work']);
    assert.match(findings(refused.report).join(), /error a: pre hook rule .*no such file/);
    const problem = { en: () => 'no container', ja: () => 'なし' };
    const impossible = await play({
      pods: [['a', hooks([hook('pre', 'p', { problem })], [hook('post', 'q')])]],
    });
    assert.deepEqual(impossible.log, ['work']);
    assert.deepEqual(counted(impossible.counts), [1, 1]);
    assert.match(findings(impossible.report).join(), /could not be run: no container/);
  });

  test('in a pod that has ended since it was listed is no failure', async () => {
    const { stored, counts, report } = await play({
      pods: [['job', hooks([hook('pre', 'p')], [])]],
      fates: { p: 'refused' },
      live: [pod('job', { phase: 'Succeeded' })],
    });
    assert.deepEqual(stored, ['job']);
    assert.deepEqual(counted(counts), [1, 0]);
    assert.deepEqual(findings(report), []);
  });
});

const both = hooks([hook('pre', 'p')], [hook('post', 'q')]);

suite('a run that ends early', () => {
  test('by an error runs the post hooks and then throws it', async () => {
    const broken = new Error('the store is full');
    const { log, thrown } = await play({
      pods: [
        ['a', both],
        ['b', hooks([], [hook('post', 'never held')])],
      ],
      work: () => {
        throw broken;
      },
    });
    assert.equal(thrown, broken);
    assert.deepEqual(log, ['a: p', 'work', 'a: q']);
  });

  test('by an abort while pods are stored runs the post hooks, all at once', async () => {
    const run = new AbortController();
    let begun = 0;
    const allBegun = Promise.withResolvers<Fate>();
    const { log, thrown } = await play({
      pods: [
        ['a', both],
        ['b', both],
      ],
      fates: {
        q: () => {
          if (++begun === 2) allBegun.resolve({});
          return allBegun.promise;
        },
      },
      options: { signal: run.signal },
      work: () => {
        run.abort(new Error('stop'));
        run.signal.throwIfAborted();
      },
    });
    assert.equal(thrown, run.signal.reason);
    assert.deepEqual(log.toSorted(), ['a: p', 'a: q', 'b: p', 'b: q', 'work']);
  });

  test('by an abort during a pre hook waits for it, begins no other, and releases', async () => {
    const run = new AbortController();
    const ends: string[] = [];
    const { log, thrown, stored } = await play({
      pods: [
        ['a', hooks([hook('pre', 'p'), hook('pre', 'p2')], [hook('post', 'q')])],
        ['b', both],
      ],
      fates: {
        p: async () => {
          run.abort(new Error('stop'));
          await new Promise(setImmediate);
          ends.push('p');
          return {};
        },
        q: () => {
          ends.push('q');
          return {};
        },
      },
      options: { signal: run.signal },
    });
    assert.equal(thrown, run.signal.reason);
    assert.deepEqual(log, ['a: p', 'a: q']);
    assert.deepEqual(ends, ['p', 'q']);
    assert.deepEqual(stored, []);
  });
});

suite('the grace period after an abort', () => {
  test('bounds post hooks, and what may still be quiesced is said', async () => {
    const run = new AbortController();
    const { log, thrown } = await play({
      pods: [
        ['a', both],
        ['b', hooks([hook('pre', 'p')], [hook('post', 'fine')])],
      ],
      fates: { q: hangs },
      options: { signal: run.signal, graceMs: 1000 },
      work: () => {
        run.abort(new Error('stop'));
        run.signal.throwIfAborted();
      },
    });
    assert.deepEqual(log.toSorted(), ['a: p', 'a: q', 'b: fine', 'b: p', 'work']);
    assert.ok(isHozonError(thrown, 'backup.left-quiesced'));
    assert.equal(thrown.cause, run.signal.reason);
    assert.match(thrown.message, /shop\/a: post hook rule .* was given up because the run was stopped/);
    assert.doesNotMatch(thrown.message, /shop\/b/);
  });

  test('bounds the pre hook that runs, and post hooks have their own', async () => {
    const run = new AbortController();
    const { log, thrown } = await play({
      pods: [['a', both]],
      fates: {
        p: () => {
          run.abort(new Error('stop'));
          return hangs();
        },
      },
      options: { signal: run.signal, graceMs: 1000 },
    });
    assert.equal(thrown, run.signal.reason);
    assert.deepEqual(log, ['a: p', 'a: q']);
  });

  test('is not needed where nothing has begun', async () => {
    const { log, thrown } = await play({
      pods: [['a', both]],
      options: { signal: AbortSignal.abort(new Error('stop')) },
    });
    assert.match(String(thrown), /stop/);
    assert.deepEqual(log, []);
  });

  test('lets post hooks that run already come to their end', async () => {
    const run = new AbortController();
    const { log, thrown } = await play({
      pods: [
        ['a', both],
        ['b', both],
      ],
      fates: {
        q: async ({ pod }) => {
          if (pod === 'a') run.abort(new Error('stop'));
          await new Promise(setImmediate);
          return {};
        },
      },
      options: { signal: run.signal },
    });
    assert.deepEqual(log, ['a: p', 'b: p', 'work', 'a: q', 'b: q']);
    assert.equal(thrown, undefined, 'what comes next sees the abort');
  });
});

test('post hooks that failed are told of also by a run that ends early later', async () => {
  const { counts } = await play({ pods: [['a', both]], fates: { q: { exitCode: 1 } } });
  const stop = new Error('stop');
  const thrown = endedEarly(stop, counts);
  assert.ok(isHozonError(thrown, 'backup.left-quiesced'));
  assert.equal(thrown.cause, stop);
  assert.match(thrown.message, /shop\/a: post hook rule .* exit code 1/);
  assert.equal(endedEarly(thrown, counts), thrown);
  const unheld = hooks([], [hook('post', 'q')]);
  const fine = await play({ pods: [['a', unheld]], fates: { q: { exitCode: 1 } } });
  assert.equal(endedEarly(stop, fine.counts), stop, 'no pre hook had run');
});

test('post hooks that fail are findings of a run that goes on', async () => {
  const { report, counts, thrown, stored } = await play({
    pods: [['a', hooks([hook('pre', 'p')], [hook('post', 'bad'), hook('post', 'q')])]],
    fates: { bad: { exitCode: 2, stdout: 'said on stdout' } },
  });
  assert.equal(thrown, undefined);
  assert.deepEqual(stored, ['a']);
  assert.deepEqual(counted(counts), [3, 1]);
  assert.deepEqual(findings(report), [
    'error a: post hook rule in container main ended with exit code 2: said on stdout',
  ]);
});
