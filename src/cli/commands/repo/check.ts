import type { CheckFinding } from '#repository/checking/check-finding.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import type { Handler } from '../../spec.ts';
import { checkOutcome, dataToRead, repairPacksCommand, repairSnapshotsCommand } from './check-view.ts';
import { lockFor, openRepository } from './open.ts';
import type { check } from './specs/check.ts';

export const run: Handler<typeof check> = async ({ flags }, context) => {
  const readData = dataToRead(flags);
  const { progress } = context;
  const repository = await openRepository({ ...flags, cache: false }, context);
  const use = flags.lock === false ? 'read' : 'exclusive';
  const signal = await lockFor(repository, flags, { context, use });
  const findings = await Array.fromAsync(checkRestic(repository, { readData, progress, signal }));
  return checkOutcome(findings, commandsFor(findings), context);
};

/** What to run next. */
function commandsFor(findings: readonly CheckFinding[]): readonly string[] {
  const files = findings.flatMap(each => (each.kind === 'file' ? [each.file] : []));
  const packs = files.filter(file => file.startsWith('data/')).map(file => file.slice('data/00/'.length));
  const lossy = packs.length > 0 || findings.some(({ kind }) => kind === 'path');
  return [
    ...(files.some(file => file.startsWith('index/')) ? ['hozon repo repair index'] : []),
    ...(packs.length > 0 ? [repairPacksCommand(packs)] : []),
    ...(lossy ? [repairSnapshotsCommand] : []),
  ];
}
