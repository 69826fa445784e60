import type { Message } from '#foundation/language.ts';
import { type ImportedObject, type ImportResult, importProject, type Outcome } from '#projects/import.ts';
import { formatRef, refOf } from '#projects/object-ref.ts';
import { heads } from '../../messages.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { findingText } from './findings.ts';
import type { importProject as spec } from './table.ts';

interface Row extends Omit<ImportedObject, 'outcome'> {
  readonly outcome: Outcome | 'planned';
}

const outcomes: Readonly<Record<Row['outcome'], Message>> = {
  created: say('created', '作成済み'),
  merged: say('merged', '統合済み'),
  same: say('unchanged', '変更なし'),
  kept: say('kept as it is', '既存のまま'),
  failed: say('failed', '失敗'),
  planned: say('would be created', '作成予定'),
};

const columns: readonly Column<Row>[] = [
  { header: heads.name, cell: row => formatRef(row.object) },
  { header: heads.status, cell: row => outcomes[row.outcome] },
  { header: say('FILE', 'ファイル'), cell: row => row.file, wide: true },
];

export const run: Handler<typeof spec> = async ({ args: [directory = ''], flags }, context) => {
  const result = await importProject(await context.cluster(), directory, {
    as: flags.as,
    intoExisting: flags.intoExisting === true,
    dryRun: flags.dryRun === true,
    progress: context.progress,
    signal: context.signal,
  });
  return listing<Row>({
    items: flags.dryRun === true ? planned(result) : result.objects,
    columns,
    name: row => `${row.object.kind.toLowerCase()}/${row.object.name}`,
    notes: result.findings.map(findingText),
    ...(isPartial(result) ? { exit: 'partial' as const } : {}),
  });
};

function planned({ plan }: ImportResult): Row[] {
  return plan.steps.map(({ object, file }) => ({
    object: refOf(object),
    file,
    outcome: 'planned',
  }));
}

function isPartial({ objects, findings }: ImportResult): boolean {
  return (
    objects.some(each => each.outcome === 'failed') || findings.some(found => found.severity === 'error')
  );
}
