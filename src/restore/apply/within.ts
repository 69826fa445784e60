/**
 * Runs `work` under a signal that also aborts after the given milliseconds; resolves to `undefined` where the time
 * was not enough. An abort from outside rejects with its reason.
 */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const limit = AbortSignal.timeout(milliseconds);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    return await work(both);
  } catch (thrown) {
    signal?.throwIfAborted();
    if (limit.aborted) return undefined;
    throw thrown;
  }
}
