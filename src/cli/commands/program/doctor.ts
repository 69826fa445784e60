import type { Language, Message } from '#foundation/language.ts';
import type { Context } from '../../context.ts';
import { checkCluster } from '../../doctor/cluster.ts';
import type { Finding, Verdict } from '../../doctor/finding.ts';
import { checkLocation } from '../../doctor/location.ts';
import { checkMachine } from '../../doctor/machine.ts';
import { type Cell, description, type Field, type Tone } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import type { doctor } from './table.ts';

export const run: Handler<typeof doctor> = async (_, context) => {
  const findings: Finding[] = [];
  for await (const finding of everyCheck(context)) {
    findings.push(finding);
    context.progress({ phase: 'check', done: findings.length, unit: 'items', current: finding.check });
  }
  const failed = findings.some(finding => finding.verdict === 'fail');
  return description({
    data: { checks: findings.map(dataOf) },
    name: findings.map(({ check, verdict }) => `${check}=${verdict}`).join('\n'),
    text: findings.map(fieldOf),
    ...(failed ? { exit: 'failed' as const } : {}),
  });
};

async function* everyCheck(context: Context): AsyncGenerator<Finding> {
  yield* checkMachine(context.env);
  yield* checkCluster(context);
  yield* checkLocation(context);
}

function dataOf({ check, verdict, detail, hint }: Finding): unknown {
  return { check, status: verdict, detail: detail.en(), ...(hint === undefined ? {} : { hint: hint.en() }) };
}

const marks: Readonly<Record<Verdict, Message>> = {
  ok: say('ok     ', '正常  '),
  warn: say('warning', '警告  '),
  fail: say('FAILED ', '失敗  '),
  skipped: say('-      ', '-     '),
};

const tones: Readonly<Partial<Record<Verdict, Tone>>> = { warn: 'warn', fail: 'bad', skipped: 'dim' };

function fieldOf({ title, verdict, detail, hint }: Finding): Field {
  const line = (language: Language): string => `${marks[verdict][language]()}  ${detail[language]()}`;
  const text: Message = { en: () => line('en'), ja: () => line('ja') };
  const tone = tones[verdict];
  const value: Cell[] = [tone === undefined ? text : { text, tone }];
  if (hint !== undefined) value.push(indented(hint));
  return { label: title, value };
}

function indented(hint: Message): Message {
  return { en: () => `         ${hint.en()}`, ja: () => `        ${hint.ja()}` };
}
