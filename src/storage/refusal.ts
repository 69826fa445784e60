import { type HozonError, isHozonError } from '#foundation/errors.ts';

/**
 * Whether a store answered that this object may not be deleted or changed: by its rights (one that only takes what is new), or
 * because it is locked. Trying again changes nothing; the others may be another matter.
 */
export function isRefusal(thrown: unknown): thrown is HozonError {
  return isHozonError(thrown, 'storage.denied') || isHozonError(thrown, 'storage.locked');
}
