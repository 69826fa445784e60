/** How long reconciliation rests: not at all, until somebody says otherwise, or until a time. */
export type Pause = 'no' | 'until-removed' | { readonly until: Date };

/**
 * What `pausedUntil` means, as HyperShift reads it: `true`, or a time that is yet to come (RFC 3339). Anything else, what
 * cannot be understood too, is no pause.
 */
export function pauseOf(pausedUntil: string | undefined, now: Date): Pause {
  if (pausedUntil === undefined) return 'no';
  if (pausedUntil === 'true') return 'until-removed';
  const until = /^\d{4}-\d\d-\d\dT/.test(pausedUntil) ? new Date(pausedUntil) : undefined;
  return until !== undefined && until > now ? { until } : 'no';
}
