import { cliErrors } from '../../../errors.ts';
import type { SnapshotFlags } from '../snapshot-source.ts';

/** What kopia allows between two checkpoints. Milliseconds. */
const mostBetween = 45 * 60_000;

/** Milliseconds. @throws `cli.bad-value` for what kopia would not take either */
export function checkpointsEvery({ checkpointInterval: given }: SnapshotFlags): number | undefined {
  if (given === undefined || (given > 0 && given <= mostBetween)) return given;
  throw cliErrors.raise['bad-value']({
    flag: '--checkpoint-interval',
    given: `${given} ms`,
    expected: '1m, 10m, …, 45m',
  });
}
