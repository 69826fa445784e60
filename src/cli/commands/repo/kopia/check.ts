import type { CheckFinding } from '#repository/checking/check-finding.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import type { Handler } from '../../../spec.ts';
import { checkOutcome, dataToRead, repairPacksCommand, repairSnapshotsCommand } from '../check-view.ts';
import type { check } from '../specs/check.ts';
import { openKopiaRepository } from './open.ts';

export const run: Handler<typeof check> = async ({ flags }, context) => {
  const readData = dataToRead(flags);
  const { progress, signal } = context;
  const repository = await openKopiaRepository({ ...flags, cache: false }, context);
  const findings = await Array.fromAsync(checkKopia(repository, { readData, progress, signal }));
  return checkOutcome(findings, commandsFor(findings), context);
};

/** What to run next. */
function commandsFor(findings: readonly CheckFinding[]): readonly string[] {
  const files = findings.flatMap(each => (each.kind === 'file' ? [each.file] : []));
  const packs = files.filter(file => /^[pq][0-9a-f]/.test(file));
  const lossy = packs.length > 0 || findings.some(({ kind }) => kind === 'path');
  return [
    ...(files.some(file => /^x[nsr]/.test(file)) ? ['hozon repo repair index'] : []),
    ...(packs.length > 0 ? [repairPacksCommand(packs)] : []),
    ...(lossy ? [repairSnapshotsCommand] : []),
  ];
}
