import { isAbort, isHozonError } from '#foundation/errors.ts';
import { statusOf } from '#kube/status.ts';

/**
 * The server's own words where `thrown` is its answer about one object: a finding, after which the restore goes on.
 * What says that the server cannot be reached, that nobody is logged in or that the run was aborted is thrown again.
 */
export function refusalOf(thrown: unknown, signal: AbortSignal | undefined): string {
  signal?.throwIfAborted();
  const ends = isAbort(thrown) || isHozonError(thrown, 'kube.unauthorized');
  const status = statusOf(thrown);
  if (!ends && status !== undefined) return status.message || `${status.code} ${status.reason}`;
  if (!ends && isHozonError(thrown, 'kube.outcome-unknown')) return thrown.message;
  throw thrown;
}
