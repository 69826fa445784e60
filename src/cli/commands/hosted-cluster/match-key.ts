import type { ExitName } from '#foundation/errors.ts';
import { explainGroup, explainMatch } from '#hosted-clusters/key/explain-match.ts';
import { type KeyMatch, type KeyVerdict, matchKey } from '#hosted-clusters/key/match.ts';
import { expandHome } from '../../config/path.ts';
import { cliErrors } from '../../errors.ts';
import { description, type Field, type Tone } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { readKeys } from './keys.ts';
import type { matchKey as spec } from './match-key-spec.ts';

export const run: Handler<typeof spec> = async ({ args: [file = ''], flags }, context) => {
  const { env, language, signal, progress } = context;
  if ((flags.keyFile ?? flags.secret) === undefined)
    throw cliErrors.raise['missing-flag']({ flags: ['--key-file', '--secret'] });
  const path = expandHome(file, env);
  const keys = await readKeys(flags, context);
  const match = await matchKey(path, keys, { signal, progress });
  const exit = exits[match.verdict];
  return description({
    name: path,
    data: { snapshot: path, ...match, text: explainMatch(match)[language]() },
    text: matchFields(path, match),
    ...(exit === undefined ? {} : { exit }),
  });
};

function matchFields(path: string, match: KeyMatch): Field[] {
  const { groups, keys, plainSecrets, revision, verdict } = match;
  return [
    { label: say('Snapshot', 'スナップショット'), value: path },
    { label: say('Revision', 'リビジョン'), value: String(revision) },
    {
      label: say('Keys', 'キー'),
      value: keys.map(({ name, keyName }) => `${name}: ${keyName}`),
    },
    { label: say('Values', '値'), value: groups.length === 0 ? '-' : groups.map(explainGroup) },
    { label: say('Plain Secrets', '平文の Secret'), value: String(plainSecrets) },
    { label: say('Verdict', '判定'), value: { text: explainMatch(match), tone: tones[verdict] } },
  ];
}

const exits: Readonly<Record<KeyVerdict, ExitName | undefined>> = {
  matched: undefined,
  'not-encrypted': undefined,
  'wrong-key': 'failed',
  'other-key': 'failed',
  'damaged-values': 'failed',
  partly: 'partial',
  kms: 'partial',
  'other-provider': 'partial',
};

const tones: Readonly<Record<KeyVerdict, Tone>> = {
  matched: 'good',
  'not-encrypted': 'warn',
  'wrong-key': 'bad',
  'other-key': 'bad',
  'damaged-values': 'bad',
  partly: 'warn',
  kms: 'warn',
  'other-provider': 'warn',
};
