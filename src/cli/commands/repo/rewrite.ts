import { loadIndex } from '#repository/restic/access/indexed.ts';
import { type RewrittenSnapshot, rewriteSnapshots } from '#repository/restic/copying/rewrite.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { cliErrors } from '../../errors.ts';
import { heads } from '../../messages.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { resticTimeOf } from '../../repository/times.ts';
import { type Handler, say } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { lockedRepository } from './open.ts';
import { excludesOf } from './rewrite-excludes.ts';
import { rewriteTexts } from './rewrite-texts.ts';
import type { rewrite } from './specs/copying.ts';
import { replacedEnding, undeletedData } from './undeleted.ts';

export const run: Handler<typeof rewrite> = async ({ args, flags }, context) => {
  const { forget, dryRun = false, newHost: hostname, newTime, snapshotSummary: summary } = flags;
  const excludes = await excludesOf(flags, context);
  const time = newTime === undefined ? undefined : resticTimeOf(newTime, '--new-time');
  if (excludes === undefined && hostname === undefined && time === undefined && summary !== true) {
    throw cliErrors.raise['missing-flag']({
      flags: ['--exclude', '--new-host', '--new-time', '--snapshot-summary'],
    });
  }
  const use = dryRun ? 'read' : forget === true ? 'exclusive' : 'append';
  const { repository: opened, signal } = await lockedRepository(flags, context, use);
  const snapshots = await chooseSnapshots(opened, { ids: args, ...filterOf(flags, context) }, { signal });
  const repository = await loadIndex(opened, { signal });
  const wanted = { excludes, hostname, time, summary, forget };
  const options = { dryRun, progress: context.progress, signal };
  const items = await Array.fromAsync(rewriteSnapshots(repository, snapshots, wanted, options));
  return listing({
    items,
    columns,
    name: ({ source, id = source.id }) => id,
    data: ({ source, id, changed, excluded, undeleted }) => ({
      source: source.id,
      id,
      changed,
      excluded,
      ...(undeleted === undefined ? {} : { undeleted: undeletedData([undeleted]) }),
    }),
    empty: say('There is no such snapshot.', '該当するスナップショットはありません。'),
    ...replacedEnding(items.flatMap(({ undeleted }) => undeleted ?? [])),
  });
};

const columns: readonly Column<RewrittenSnapshot>[] = [
  { header: say('SNAPSHOT', 'スナップショット'), cell: ({ source }) => source.id.slice(0, 8) },
  {
    header: say('BECOMES', '書き換え後'),
    cell: ({ id, changed }) => id?.slice(0, 8) ?? (changed ? rewriteTexts.would : rewriteTexts.same),
  },
  { header: say('TAKEN OUT', '取り除いた数'), cell: ({ excluded }) => String(excluded), align: 'right' },
  { header: heads.created, cell: ({ source }) => source.document.time.replace(/\.\d+/, '') },
  { header: say('PATHS', 'パス'), cell: ({ source }) => source.document.paths.join(', '), yields: true },
];
