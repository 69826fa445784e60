import { posix } from 'node:path';
import type { RestoreOptions } from '#repository/restoring/restore.ts';
import type { SelectionOptions } from '#repository/restoring/selection.ts';
import type { RestoreSummary } from '#repository/restoring/tally.ts';
import { readPatterns } from '#repository/trees/excludes/read-lists.ts';
import type { TargetEvent } from '#repository/trees/target/target-event.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { Outcome } from '../../output/outcome.ts';
import type { FlagValues } from '../../spec.ts';
import { isTrouble, previewOutcome, restoreOutcome, troubleNotes } from './restore-outcome.ts';
import type { restore } from './specs/restore.ts';

type RestoreFlags = FlagValues<(typeof restore)['flags']>;

/** What the flags ask for, and what is shown when it is done. */
export interface RestoreRequest {
  readonly options: Omit<RestoreOptions, 'signal'>;
  readonly outcome: (summary: RestoreSummary, snapshot: { readonly id: string }) => Outcome;
}

/** The same for repositories of every format. @throws `cli.missing-flag`, `conflicting-flags`, and as reading lists of patterns does */
export async function restoreRequest(flags: RestoreFlags, context: Context): Promise<RestoreRequest> {
  const { progress, note } = context;
  const { dryRun = false, overwrite, sparse, verify } = flags;
  const target = targetOf(flags, context);
  const selection = await selectionOf(flags, context);
  refuseConflicts(flags, selection, target);
  const kept: TargetEvent[] = [];
  const tell = troubleNotes(note);
  const onEvent = (event: TargetEvent): void => {
    if (dryRun || isTrouble(event)) kept.push(event);
    if (!dryRun) tell(event);
  };
  return {
    options: {
      ...selection,
      includeAttributes: flags.includeXattr?.map(pattern => Buffer.from(pattern)),
      excludeAttributes: flags.excludeXattr?.map(pattern => Buffer.from(pattern)),
      target,
      overwrite,
      delete: flags.delete,
      sparse,
      verify,
      dryRun,
      onEvent,
      progress,
    },
    outcome: (summary, snapshot) =>
      dryRun ? previewOutcome(kept) : restoreOutcome(summary, { target, snapshot, troubles: kept }),
  };
}

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
    ...(flags.includeXattr !== undefined && flags.excludeXattr !== undefined
      ? [['--include-xattr', '--exclude-xattr']]
      : []),
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
