import { formatTime } from '#repository/format/go-time.ts';
import {
  type RewrittenKopiaSnapshot,
  rewriteKopiaSnapshots,
} from '#repository/kopia/upkeep/rewrite-snapshots.ts';
import type { TakesOut } from '#repository/kopia/upkeep/rewrite-trees.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { heads } from '../../../messages.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type FlagValues, type Handler, say } from '../../../spec.ts';
import { shortId } from '../forget-view.ts';
import { excludesOf } from '../rewrite-excludes.ts';
import { rewriteTexts } from '../rewrite-texts.ts';
import { timeOf } from '../snapshot-time.ts';
import type { rewrite } from '../specs/copying.ts';
import { chooseKopiaSnapshots } from './choose.ts';
import { indexedKopia } from './open.ts';
import { identityIn } from './who.ts';

type RewriteFlags = FlagValues<(typeof rewrite)['flags']>;

export const run: Handler<typeof rewrite> = async ({ args: ids, flags }, context) => {
  const { forget, dryRun, newHost: host, newTime } = flags;
  const startTime = newTime === undefined ? undefined : timeOf(newTime, '--new-time');
  const takesOut = await takenOut(flags, context);
  if (takesOut === undefined && host === undefined && startTime === undefined) {
    const asked = ['--exclude', '--object-id', '--new-host', '--new-time'];
    throw cliErrors.raise['missing-flag']({ flags: asked });
  }
  const { clock, progress, signal } = context;
  const repository = await indexedKopia(flags, context);
  const snapshots = await chooseKopiaSnapshots(repository, { ids, flags, signal }, context);
  const identity = await identityIn(flags, context);
  const wanted = { takesOut, host, startTime, forget };
  const options = { identity, allowVelero: flags.unsafeAllowVelero, clock, dryRun, progress, signal };
  return listing({
    items: await rewriteKopiaSnapshots(repository, snapshots, wanted, options),
    columns,
    name: ({ source, id = source.id }) => id,
    data: ({ source, id, changed, excluded }) => ({ source: source.id, id, changed, excluded }),
    empty: say('There is no such snapshot.', '該当するスナップショットはありません。'),
  });
};

/** `undefined` where nothing is named. */
async function takenOut(flags: RewriteFlags, context: Pick<Context, 'env'>): Promise<TakesOut | undefined> {
  const excludes = await excludesOf(flags, context);
  const objects = new Set(flags.objectId);
  if (excludes === undefined && objects.size === 0) return undefined;
  return (path, { object }) => objects.has(object) || excludes?.(path) === true;
}

const columns: readonly Column<RewrittenKopiaSnapshot>[] = [
  { header: say('SNAPSHOT', 'スナップショット'), cell: ({ source }) => shortId(source.id) },
  {
    header: say('BECOMES', '書き換え後'),
    cell: ({ id, changed }) =>
      id === undefined ? (changed ? rewriteTexts.would : rewriteTexts.same) : shortId(id),
  },
  { header: say('TAKEN OUT', '取り除いた数'), cell: ({ excluded }) => String(excluded), align: 'right' },
  {
    header: heads.created,
    cell: ({ source }) => formatTime(source.snapshot.startTime).replace(/\.\d+/, ''),
  },
  { header: say('PATHS', 'パス'), cell: ({ source }) => source.snapshot.source.path, yields: true },
];
