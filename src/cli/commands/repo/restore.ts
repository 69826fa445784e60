import { posix } from 'node:path';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { parseSnapshotPath } from '#repository/restic/reading/paths.ts';
import { restoreSnapshot } from '#repository/restic/restore/restore.ts';
import type { SelectionOptions } from '#repository/restoring/selection.ts';
import { readPatterns } from '#repository/trees/excludes/read-lists.ts';
import type { TargetEvent } from '#repository/trees/target/target-event.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues, Handler } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { lockedRepository } from './open.ts';
import { isTrouble, previewOutcome, restoreOutcome, troubleNotes } from './restore-outcome.ts';
import type { restore } from './specs/restore.ts';

type RestoreFlags = FlagValues<(typeof restore)['flags']>;

export const run: Handler<typeof restore> = async ({ args: [wanted = ''], flags }, context) => {
  const { env, progress, note } = context;
  const { dryRun = false, overwrite, sparse, verify } = flags;
  const target = targetOf(flags, context);
  const selection = await selectionOf(flags, context);
  refuseConflicts(flags, selection, target);
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const { wanted: id, path: below } = parseSnapshotPath(wanted);
  const filter = filterOf(flags, { env });
  const [snapshot] = await chooseSnapshots(opened, { ids: [id], ...filter }, { signal });
  if (snapshot === undefined) throw new Error('an id stands for a snapshot');
  const repository = await loadIndex(opened, { signal });
  const kept: TargetEvent[] = [];
  const tell = troubleNotes(note);
  const onEvent = (event: TargetEvent): void => {
    if (dryRun || isTrouble(event)) kept.push(event);
    if (!dryRun) tell(event);
  };
  const summary = await restoreSnapshot(repository, snapshot, {
    ...selection,
    target,
    below,
    overwrite,
    delete: flags.delete,
    sparse,
    verify,
    dryRun,
    onEvent,
    progress,
    signal,
  });
  return dryRun ? previewOutcome(kept) : restoreOutcome(summary, { target, snapshot, troubles: kept });
};

function targetOf({ target }: RestoreFlags, { env }: Context): string {
  if (target === undefined) throw cliErrors.raise['missing-flag']({ flags: ['--target'] });
  return posix.resolve(expandHome(target, env));
}

/** As restic refuses them: what is meant cannot be told, or would be the removal of all that is on this machine. */
function refuseConflicts(flags: RestoreFlags, selection: SelectionOptions, target: string): void {
  const { include, includeIgnoringCase, exclude, excludeIgnoringCase } = selection;
  const some = (...lists: (readonly Buffer[] | undefined)[]) => lists.some(list => (list ?? []).length > 0);
  const [includes, excludes] = [some(include, includeIgnoringCase), some(exclude, excludeIgnoringCase)];
  const conflicts = [
    ...(includes && excludes ? [['--include', '--exclude']] : []),
    ...(flags.dryRun === true && flags.verify === true ? [['--dry-run', '--verify']] : []),
    ...(flags.delete === true && target === '/' && !includes && !excludes ? [['--delete', '--target']] : []),
  ];
  const [conflict] = conflicts;
  if (conflict !== undefined) throw cliErrors.raise['conflicting-flags']({ flags: conflict });
}

async function selectionOf(flags: RestoreFlags, { env }: Context): Promise<SelectionOptions> {
  const all = async (patterns: readonly string[] = [], files: readonly string[] = []) => {
    const read = await readPatterns(
      files.map(file => expandHome(file, env)),
      env,
    );
    return [...patterns.map(pattern => Buffer.from(pattern)), ...read];
  };
  return {
    include: await all(flags.include, flags.includeFile),
    includeIgnoringCase: await all(flags.iinclude, flags.iincludeFile),
    exclude: await all(flags.exclude, flags.excludeFile),
    excludeIgnoringCase: await all(flags.iexclude, flags.iexcludeFile),
  };
}
