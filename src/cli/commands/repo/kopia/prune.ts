import { description } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import type { prune } from '../specs/upkeep.ts';
import { maintainFully, maintenanceData, maintenanceExtras, maintenanceFields } from './maintaining.ts';
import { openKopiaRepository } from './open.ts';
import { identityIn } from './who.ts';

export const run: Handler<typeof prune> = async ({ flags }, context) => {
  const { dryRun = false, safety = 'full' } = flags;
  const repository = await openKopiaRepository(flags, context);
  const identity = await identityIn(flags, context);
  const report = await maintainFully(repository, { identity, safety, dryRun }, context);
  return description({
    data: { dryRun, ...maintenanceData(report) },
    name: repository.uniqueId.toString('hex'),
    text: maintenanceFields(report),
    ...maintenanceExtras(report),
  });
};
