import { isHozonError } from '#foundation/errors.ts';
import type { HeldMarker } from './run-marker.ts';

/** So often others may be faster before a claim is given up. */
const attempts = 10;

/**
 * Places a marker: `makeRoom` throws where that cannot be, and removes what is in the way; `place` then places it.
 * Where another was faster, `makeRoom` is asked again, who then sees whose it is.
 */
export async function claimFolder(
  makeRoom: () => Promise<void>,
  place: () => Promise<HeldMarker>,
): Promise<HeldMarker> {
  for (let attempt = 1; ; attempt++) {
    await makeRoom();
    try {
      return await place();
    } catch (thrown) {
      if (attempt >= attempts || !isHozonError(thrown, 'storage.already-exists')) throw thrown;
    }
  }
}
