import type { Clock } from '#foundation/clock.ts';
import type { Message } from '#foundation/language.ts';
import type { StepRun } from '#steps/step.ts';
import { raise } from './errors.ts';

export interface Waiting {
  readonly clock: Clock;
  /** What is waited for, as a person would say it. */
  readonly what: Message;
  /** Milliseconds. */
  readonly patience: number;
  /** Milliseconds between two looks. */
  readonly every: number;
}

/**
 * Looks again and again until it is so; `look` says what is missing, or nothing.
 *
 * @throws `hosted-cluster.waited-in-vain`, and what `look` throws
 */
export async function waitUntil(
  run: Pick<StepRun, 'signal' | 'report'>,
  { clock, what, patience, every }: Waiting,
  look: () => Promise<Message | undefined>,
): Promise<void> {
  const begun = clock.monotonic();
  for (;;) {
    run.signal.throwIfAborted();
    const missing = await look();
    if (missing === undefined) return;
    if (clock.monotonic() - begun >= patience) {
      throw raise['waited-in-vain']({ what, missing, seconds: Math.round(patience / 1000) });
    }
    run.report(missing);
    await clock.sleep(every, run.signal);
  }
}
