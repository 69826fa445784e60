import { labelValue } from '#api/velero/names.ts';
import type { RunReport } from '#archive/runs/run-report.ts';
import type { Clock } from '#foundation/clock.ts';
import { turns } from '#foundation/concurrency.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import type { HookCounts, HookRules, PodListener } from './hook.ts';
import { podSubject, runPodHooks } from './pod-run.ts';
import { PodWatch } from './pod-watch.ts';
import { hooksFor } from './resolve.ts';

/** Commands that run in pods at the same time. */
const atOnce = 20;

/**
 * How long, once everything else is restored, containers are waited for whose hooks set no limit; Velero 1.18 waits
 * that long for its hooks to end. Milliseconds.
 */
const defaultPatienceMs = 600_000;

export interface HookRunOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly report: RunReport;
  readonly progress: Progress;
  readonly rules: HookRules;
  readonly restoreName: string;
  readonly signal?: AbortSignal | undefined;
  /** For tests. Milliseconds. */
  readonly patienceMs?: number | undefined;
}

/**
 * The exec hooks of a restore. A pod's hooks begin when it is created, beside whatever else is restored. Disposing
 * gives up those that still run or wait.
 */
export class HookRuns implements PodListener, AsyncDisposable {
  readonly counts: HookCounts = { attempted: 0, failed: 0 };
  readonly #options: HookRunOptions;
  readonly #ended = new AbortController();
  readonly #stop: AbortSignal;
  readonly #patience = new AbortController();
  readonly #turn = turns(atOnce);
  readonly #watches = new Map<string, PodWatch>();
  /** Pods whose hooks have not ended. */
  readonly #waiting = new Set<string>();
  readonly #runs: Promise<void>[] = [];
  #begun = 0;
  #tell = (): void => {};

  constructor(options: HookRunOptions) {
    this.#options = options;
    const signals = options.signal === undefined ? [] : [options.signal];
    this.#stop = AbortSignal.any([this.#ended.signal, ...signals]);
  }

  created(pod: KubeObject): void {
    const { hooks, warnings } = hooksFor(pod, this.#options.rules);
    for (const warning of warnings) this.#options.report.warning(warning, podSubject(pod));
    if (hooks.length === 0) return;
    const { api, report, clock } = this.#options;
    const watch = this.#watchOf(pod.metadata.namespace ?? '');
    watch.follow(pod);
    const run = runPodHooks({
      api,
      report,
      watch,
      pod,
      hooks,
      counts: this.counts,
      stop: this.#stop,
      patience: this.#patience.signal,
      turn: this.#turn,
      now: () => clock.monotonic(),
    });
    this.#add(formatKey(pod.metadata), run);
  }

  /** Resolves once every hook has ended, of the pods that were created until now. Rejects where the restore cannot go on, or was stopped. */
  async settled(): Promise<void> {
    if (this.#runs.length === 0) return;
    const { progress, signal, patienceMs = defaultPatienceMs } = this.#options;
    this.#tell = () => {
      const [current] = this.#waiting;
      const done = this.#begun - this.#waiting.size;
      progress({
        phase: 'hooks',
        done,
        total: this.#begun,
        unit: 'items',
        ...(current && { current: `Pod ${current}` }),
      });
    };
    this.#tell();
    const timer = setTimeout(() => this.#patience.abort(patienceMs), patienceMs);
    try {
      await Promise.all(this.#runs);
      signal?.throwIfAborted();
    } finally {
      clearTimeout(timer);
      this.#tell = () => {};
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error('the restore has ended'));
    await Promise.allSettled(this.#runs);
  }

  #watchOf(namespace: string): PodWatch {
    const { api, restoreName } = this.#options;
    const options = { api, namespace, restore: labelValue(restoreName), signal: this.#stop };
    const watch = this.#watches.get(namespace) ?? new PodWatch(options);
    this.#watches.set(namespace, watch);
    return watch;
  }

  #add(pod: string, run: Promise<void>): void {
    this.#begun++;
    this.#waiting.add(pod);
    const ended = run.finally(() => {
      this.#waiting.delete(pod);
      this.#tell();
    });
    ended.catch(() => {}); // it is awaited by settled(); until then it must not count as unhandled
    this.#runs.push(ended);
  }
}
