import { formatGoDuration } from '#foundation/duration.ts';
import { cliErrors } from '../../../errors.ts';

/** Milliseconds. Less would give up a healthy member, and a timer of Node that is longer than 24.8 days ends at once. */
const [shortest, longest] = [1000, 24 * 3_600_000];

/** @throws `cli.bad-value` */
export function requireStallTimeout(stallTimeout: number | undefined): void {
  if (stallTimeout === undefined || (stallTimeout >= shortest && stallTimeout <= longest)) return;
  throw cliErrors.raise['bad-value']({
    flag: '--stall-timeout',
    given: formatGoDuration(stallTimeout),
    expected: '1s–24h',
  });
}
