import type { Message } from '#foundation/language.ts';
import type { OpenedLocation } from '../../locations/location.ts';
import { type ProbeResult, probe } from '../../locations/probe.ts';
import { type Cell, description, type Field } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { locationTexts } from './messages.ts';
import type { check } from './table.ts';

export const run: Handler<typeof check> = async ({ args: [wanted], flags }, context) => {
  const location = await context.location(wanted);
  const write = !location.readOnly && flags.readOnly !== true;
  const result = await probe(location.store, { write, clock: context.clock, signal: context.signal });
  return description({
    data: { name: location.name, url: location.store.url, origin: location.origin, ...dataOf(result) },
    name: location.name,
    text: fields(location, result),
    notes: notesOf(result),
  });
};

function dataOf(result: ProbeResult): Record<string, unknown> {
  const { written, exclusive, foreign } = result;
  return { listed: true, written, read: written, ...(exclusive === undefined ? {} : { exclusive }), foreign };
}

function notesOf({ foreign, exclusive }: ProbeResult): Message[] {
  return [
    ...(foreign.length > 0 ? [locationTexts.foreign({ names: foreign })] : []),
    ...(exclusive === false ? [locationTexts.notExclusive] : []),
  ];
}

function exclusiveCell(exclusive: boolean | undefined): Cell | undefined {
  if (exclusive === undefined) return undefined;
  return exclusive
    ? { text: say('ok', '正常'), tone: 'good' }
    : { text: say('not honoured', '利用できません'), tone: 'warn' };
}

function fields(location: OpenedLocation, result: ProbeResult): Field[] {
  const ok = { text: say('ok', '正常'), tone: 'good' } as const;
  const skipped = { text: say('not tried (read-only)', '未確認 (読み取り専用)'), tone: 'dim' } as const;
  return [
    { label: say('Location', 'ストレージの場所'), value: location.name },
    { label: 'URL', value: location.store.url },
    { label: say('List', '一覧取得'), value: ok },
    { label: say('Write', '書き込み'), value: result.written ? ok : skipped },
    { label: say('Read back', '読み戻し'), value: result.written ? ok : skipped },
    { label: say('Exclusive create', '排他的な作成'), value: exclusiveCell(result.exclusive) ?? skipped },
    {
      label: say('Foreign directories', 'Velero 以外のディレクトリー'),
      value:
        result.foreign.length === 0 ? say('none', 'なし') : { text: result.foreign.join(', '), tone: 'warn' },
    },
  ];
}
