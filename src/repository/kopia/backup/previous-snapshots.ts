import type { StoredKopiaSnapshot } from '../access/snapshots.ts';

/**
 * The snapshots that the next one of a source is compared with, by kopia's rule: the latest complete one, and the incomplete ones that
 * were begun after it.
 *
 * @param snapshots all of that source
 * @param before nanoseconds since 1970: what was begun later does not count
 */
export function previousSnapshots(
  snapshots: readonly StoredKopiaSnapshot[],
  before?: bigint,
): readonly StoredKopiaSnapshot[] {
  const earlier = snapshots.filter(({ snapshot }) => before === undefined || snapshot.startTime <= before);
  const complete = earlier
    .filter(({ snapshot }) => snapshot.incomplete === '')
    .reduce<StoredKopiaSnapshot | undefined>(
      (latest, each) =>
        latest === undefined || each.snapshot.startTime > latest.snapshot.startTime ? each : latest,
      undefined,
    );
  const incomplete = earlier.filter(
    ({ snapshot }) => snapshot.incomplete !== '' && snapshot.startTime > (complete?.snapshot.startTime ?? 0n),
  );
  return complete === undefined ? incomplete : [complete, ...incomplete];
}
