import type { Message } from '#foundation/language.ts';
import type { CheckFinding } from '#repository/checking/check-finding.ts';
import { type PackSubset, parseSubset } from '#repository/checking/pack-subset.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { type Column, listing, type Outcome } from '../../output/outcome.ts';
import { parseSize } from '../../repository/size.ts';
import { type FlagValues, say } from '../../spec.ts';
import type { check } from './specs/check.ts';

/** What is to be read, by the flags. @throws `cli.conflicting-flags`, `bad-value` */
export function dataToRead({
  readData: all,
  readDataSubset: subset,
}: FlagValues<(typeof check)['flags']>): boolean | PackSubset {
  if (subset === undefined) return all === true;
  if (all === true) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--read-data', '--read-data-subset'] });
  }
  const parsed = parseSubset(subset, parseSize);
  if (parsed !== undefined) return parsed;
  throw cliErrors.raise['bad-value']({
    flag: '--read-data-subset',
    given: subset,
    expected: '2/7 (… ≤ 256), 5%, 10G',
  });
}

/** What checking found; `commands` repair what can be, in that order. */
export function checkOutcome(
  findings: readonly CheckFinding[],
  commands: readonly string[],
  { language }: Pick<Context, 'language'>,
): Outcome {
  const sound = findings.every(({ kind }) => kind !== 'file' && kind !== 'path');
  return listing({
    items: findings,
    columns,
    name: placeOf,
    data: finding => ({ ...finding, text: finding.text[language]() }),
    empty: say('No damage was found.', '破損は見つかりませんでした。'),
    notes: adviceOf(commands),
    ...(sound ? {} : { exit: 'failed' }),
  });
}

function adviceOf(commands: readonly string[]): readonly Message[] {
  if (commands.length === 0) return [];
  const text = commands.map(command => `\`${command}\``);
  return [
    say(
      `If no other copy of the repository can replace these files: ${text.join(', then ')}.`,
      `リポジトリーの別のコピーから戻せない場合は、次の順に実行してください: ${text.join('、')}`,
    ),
  ];
}

/** How many packs a command is written out for. */
const mostPacks = 20;

/** The command that gives up packs. */
export function repairPacksCommand(packs: readonly string[]): string {
  const more = packs.length > mostPacks ? ' …' : '';
  return `hozon repo repair packs ${packs.slice(0, mostPacks).join(' ')}${more}`;
}

/** The command that mends snapshots. */
export const repairSnapshotsCommand = 'hozon repo repair snapshots --forget --dry-run';

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
