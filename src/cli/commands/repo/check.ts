import type { Message } from '#foundation/language.ts';
import type { CheckFinding } from '#repository/checking/check-finding.ts';
import { type PackSubset, parseSubset } from '#repository/checking/pack-subset.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { cliErrors } from '../../errors.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { parseSize } from '../../repository/size.ts';
import { type Handler, say } from '../../spec.ts';
import { lockFor, openRepository } from './open.ts';
import type { check } from './specs/check.ts';

export const run: Handler<typeof check> = async ({ flags }, context) => {
  const readData = dataOf(flags.readData, flags.readDataSubset);
  const { progress } = context;
  const repository = await openRepository({ ...flags, cache: false }, context);
  const use = flags.lock === false ? 'read' : 'exclusive';
  const signal = await lockFor(repository, flags, { context, use });
  const findings = await Array.fromAsync(checkRestic(repository, { readData, progress, signal }));
  const sound = findings.every(({ kind }) => !isDamage(kind));
  return listing({
    items: findings,
    columns,
    name: placeOf,
    data: finding => ({ ...finding, text: finding.text[context.language]() }),
    empty: say('No damage was found.', '破損は見つかりませんでした。'),
    notes: adviceOn(findings),
    ...(sound ? {} : { exit: 'failed' }),
  });
};

function dataOf(all: boolean | undefined, subset: string | undefined): boolean | PackSubset {
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

function isDamage(kind: CheckFinding['kind']): boolean {
  return kind === 'file' || kind === 'path';
}

/** How many packs a command is written out for. */
const mostPacks = 20;

/** What to run next. */
function adviceOn(findings: readonly CheckFinding[]): readonly Message[] {
  const files = findings.flatMap(each => (each.kind === 'file' ? [each.file] : []));
  const packs = files.filter(file => file.startsWith('data/')).map(file => file.slice('data/00/'.length));
  const commands: string[] = [];
  if (files.some(file => file.startsWith('index/'))) commands.push('hozon repo repair index');
  if (packs.length > 0) {
    const more = packs.length > mostPacks ? ' …' : '';
    commands.push(`hozon repo repair packs ${packs.slice(0, mostPacks).join(' ')}${more}`);
  }
  if (packs.length > 0 || findings.some(({ kind }) => kind === 'path')) {
    commands.push('hozon repo repair snapshots --forget --dry-run');
  }
  if (commands.length === 0) return [];
  const text = commands.map(command => `\`${command}\``);
  return [
    say(
      `If no other copy of the repository can replace these files: ${text.join(', then ')}.`,
      `リポジトリーの別のコピーから戻せない場合は、次の順に実行してください: ${text.join('、')}`,
    ),
  ];
}

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
