import { type ChangedSnapshot, pinSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import { cliErrors } from '../../../errors.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { shortId } from '../forget-view.ts';
import type { pin } from '../specs/pin.ts';
import { chooseKopiaSnapshots } from './choose.ts';
import { indexedKopia } from './open.ts';
import { identityIn } from './who.ts';

export const run: Handler<typeof pin> = async ({ args: ids, flags }, context) => {
  const { add = [], remove = [] } = flags;
  if (add.length + remove.length === 0) {
    throw cliErrors.raise['missing-flag']({ flags: ['--add', '--remove'] });
  }
  const { clock, signal } = context;
  const repository = await indexedKopia(flags, context);
  const chosen = await chooseKopiaSnapshots(repository, { ids, flags, signal }, context);
  const identity = await identityIn(flags, context);
  const options = { identity, allowVelero: flags.unsafeAllowVelero, clock, signal };
  return listing<ChangedSnapshot>({
    items: await pinSnapshots(repository, chosen, { add, remove }, options),
    columns,
    name: ({ after }) => after,
    data: ({ before, after, snapshot }) => ({
      old_snapshot_id: before,
      new_snapshot_id: after,
      pins: snapshot.pins,
    }),
    empty: say('No snapshot was changed.', '変更されたスナップショットはありません。'),
  });
};

const columns: readonly Column<ChangedSnapshot>[] = [
  { header: say('BEFORE', '変更前'), cell: ({ before }) => shortId(before) },
  { header: say('NOW', '変更後'), cell: ({ after }) => shortId(after) },
  { header: say('PINS', '固定'), cell: ({ snapshot }) => snapshot.pins.join(',') },
];
