import { checkRestic } from '#repository/restic/checking/check.ts';
import type { CheckFinding } from '#repository/restic/checking/check-finding.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { openRepository } from './open.ts';
import type { check } from './specs/check.ts';

export const run: Handler<typeof check> = async ({ flags }, context) => {
  const { progress, signal } = context;
  const repository = await openRepository(flags, context);
  const findings = await Array.fromAsync(
    checkRestic(repository, { readData: flags.readData, progress, signal }),
  );
  const sound = findings.every(({ kind }) => kind === 'unused' || kind === 'untidy');
  return listing({
    items: findings,
    columns,
    name: placeOf,
    data: finding => ({ ...finding, text: finding.text[context.language]() }),
    empty: say('No damage was found.', '破損は見つかりませんでした。'),
    ...(sound ? {} : { exit: 'failed' }),
  });
};

const kinds = {
  file: { text: say('damaged file', '破損したファイル'), tone: 'bad' },
  path: { text: say('affected path', '影響を受けるパス'), tone: 'bad' },
  untidy: { text: say('untidy file', '整理が必要なファイル'), tone: 'warn' },
  unused: { text: say('unused file', '未使用のファイル'), tone: 'warn' },
} as const;

const columns: readonly Column<CheckFinding>[] = [
  { header: say('FINDING', '検出内容'), cell: ({ kind }) => kinds[kind] },
  { header: say('WHERE', '場所'), cell: placeOf },
  { header: say('DETAIL', '詳細'), cell: ({ text }) => text },
];

function placeOf(finding: CheckFinding): string {
  return finding.kind === 'path' ? `${finding.snapshot.slice(0, 8)}:${finding.path}` : finding.file;
}
