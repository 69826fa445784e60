import { defineErrors } from '#foundation/errors.ts';
import { choosing } from './errors/choosing.ts';
import { damage } from './errors/damage.ts';
import { kopia } from './errors/kopia.ts';
import { locking } from './errors/locking.ts';
import { maintenance } from './errors/maintenance.ts';
import { opening } from './errors/opening.ts';
import { restoring } from './errors/restoring.ts';
import { retaining } from './errors/retaining.ts';
import { sourcing } from './errors/sourcing.ts';
import { storing } from './errors/storing.ts';
import { upkeep } from './errors/upkeep.ts';

/** What can go wrong with a deduplicating repository. */
export const errors = defineErrors('repository', {
  ...choosing,
  ...damage,
  ...kopia,
  ...locking,
  ...maintenance,
  ...opening,
  ...restoring,
  ...retaining,
  ...sourcing,
  ...storing,
  ...upkeep,
});

/** The factories of {@link errors}: `raise.damaged({ … })`. */
export const { raise } = errors;
