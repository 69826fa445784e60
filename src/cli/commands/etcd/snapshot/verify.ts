import { type VerifyFinding, verifySnapshot } from '#etcd/snapshot/verify.ts';
import type { ExitName } from '#foundation/errors.ts';
import { expandHome } from '../../../config/path.ts';
import { description, type Tone } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import type { verify } from './specs.ts';
import { statusData, statusFields } from './status-view.ts';

export const run: Handler<typeof verify> = async ({ args: [file = ''] }, context) => {
  const { signal, env, language, progress } = context;
  const path = expandHome(file, env);
  const { findings, status, facts, trailer } = await verifySnapshot(path, { signal, progress });
  const worst = worstOf(findings);
  const known = status !== undefined && facts !== undefined;
  return description({
    name: path,
    data: {
      file: path,
      verdict: worst,
      checksum: trailer,
      findings: findings.map(({ severity, text }) => ({ severity, text: text[language]() })),
      ...(known ? { status: statusData(status, facts) } : {}),
    },
    text: [
      { label: say('File', 'ファイル'), value: path },
      { label: say('Verdict', '判定'), value: verdicts[worst] },
      ...(findings.length === 0
        ? []
        : [
            {
              label: say('Findings', '検出内容'),
              lines: findings.map(({ severity, text }) => ({ text, tone: tones[severity] })),
            },
          ]),
      ...(known ? statusFields(status, facts) : []),
    ],
    ...exitOf(worst),
  });
};

type Verdict = 'sound' | 'unproven' | 'unsound';

function worstOf(findings: readonly VerifyFinding[]): Verdict {
  const has = (severity: VerifyFinding['severity']): boolean =>
    findings.some(finding => finding.severity === severity);
  if (has('unsound')) return 'unsound';
  return has('unproven') ? 'unproven' : 'sound';
}

function exitOf(verdict: Verdict): { readonly exit?: ExitName } {
  if (verdict === 'sound') return {};
  return { exit: verdict === 'unsound' ? 'failed' : 'partial' };
}

const tones: Readonly<Record<VerifyFinding['severity'], Tone>> = {
  unsound: 'bad',
  unproven: 'warn',
  remark: 'dim',
};

const verdicts = {
  sound: { text: say('sound: it can be restored from', '健全です。復元に使用できます'), tone: 'good' },
  unproven: {
    text: say(
      'nothing is wrong, but not everything could be proven',
      '問題は見つかりませんでしたが、完全には証明できませんでした',
    ),
    tone: 'warn',
  },
  unsound: {
    text: say('damaged: do not restore from it', '破損しています。復元に使用しないでください'),
    tone: 'bad',
  },
} as const;
