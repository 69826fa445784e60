import { type ErrorDefinition, exitCodes } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { errorAreas } from '../../error-areas.ts';
import { templateOf } from '../../error-template.ts';
import { cliErrors } from '../../errors.ts';
import { heads } from '../../messages.ts';
import { description, listing, type Outcome } from '../../output/outcome.ts';
import { similarTo } from '../../similar.ts';
import { type Handler, say } from '../../spec.ts';
import type { explain } from './table.ts';

interface Entry {
  readonly code: string;
  readonly definition: ErrorDefinition<never>;
}

export const run: Handler<typeof explain> = async ({ args: [code] }) => {
  const entries = (await errorAreas()).flatMap(({ area, definitions }) =>
    Object.entries(definitions).map(([name, definition]): Entry => ({ code: `${area}.${name}`, definition })),
  );
  if (code === undefined) return everyCode(entries);
  const entry = entries.find(each => each.code === code);
  if (entry !== undefined) return oneCode(entry);
  const similar = similarTo(
    code,
    entries.map(each => each.code),
  );
  throw cliErrors.raise['unknown-code']({ code, similar });
};

function everyCode(entries: readonly Entry[]): Outcome {
  return listing({
    items: entries,
    columns: [
      { header: heads.code, cell: entry => entry.code },
      { header: heads.exit, cell: entry => String(exitCodes[entry.definition.exit]), align: 'right' },
      { header: heads.meaning, cell: entry => template(entry, 'message') },
    ],
    name: entry => entry.code,
    data: dataOf,
  });
}

function oneCode(entry: Entry): Outcome {
  const { definition, code } = entry;
  return description({
    data: dataOf(entry),
    name: code,
    text: [
      { label: heads.code, value: code },
      { label: heads.meaning, value: template(entry, 'message') },
      { label: say('WHAT TO DO', '対処方法'), value: template(entry, 'hint') },
      { label: heads.exit, value: `${exitCodes[definition.exit]} (${definition.exit})` },
      { label: say('TRY AGAIN', '再試行'), value: retryTexts[definition.retry] },
    ],
  });
}

const retryTexts = {
  never: say('does not help before something is changed', '原因を取り除くまで効果はありません'),
  later: say('may help: the fault can pass', '時間をおくと成功することがあります'),
};

function template({ definition }: Entry, part: 'message' | 'hint'): Message {
  return {
    en: () => templateOf(definition, part, 'en'),
    ja: () => templateOf(definition, part, 'ja'),
  };
}

function dataOf({ code, definition }: Entry): unknown {
  return {
    code,
    message: templateOf(definition, 'message', 'en'),
    hint: templateOf(definition, 'hint', 'en'),
    exit: definition.exit,
    exitCode: exitCodes[definition.exit],
    retry: definition.retry,
  };
}
