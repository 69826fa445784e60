import { ownIdentity } from '#repository/restic/access/identity.ts';
import { unlockRepository } from '#repository/restic/access/unlock.ts';
import { listing } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { openRepository } from './open.ts';
import type { unlock } from './specs/unlock.ts';

export const run: Handler<typeof unlock> = async ({ flags }, context) => {
  const { clock, signal } = context;
  const repository = await openRepository(flags, context);
  const items = await unlockRepository(repository, {
    all: flags.removeAll === true,
    identity: ownIdentity(),
    now: clock.now(),
    signal,
  });
  return listing<string>({
    items,
    columns: [{ header: say('REMOVED LOCK', '削除したロック'), cell: id => id }],
    name: id => id,
    data: id => ({ id }),
    empty: say('There was no lock to remove.', '削除するロックはありませんでした。'),
  });
};
