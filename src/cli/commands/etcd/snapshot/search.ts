import { search as found, type Match } from '#etcd/objects/search.ts';
import { formatKey } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { cliErrors } from '../../../errors.ts';
import { heads } from '../../../messages.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import { openWithin } from './open.ts';
import type { search } from './search-spec.ts';

export const run: Handler<typeof search> = async (
  { args: [file = '', pattern = '', word], flags },
  context,
) => {
  const { signal } = context;
  const { namespace, field } = flags;
  const request = { isMatch: matcher(pattern, flags), field };
  const selector = parseSelector(flags.selector ?? '');
  const { reader, type } = await openWithin(file, { ...flags, word }, context);
  const within = { signal, namespace, type, selector };
  const objects = flags.history === true ? reader.history(within) : reader.objects(within);
  return listing({
    items: await collected(found(objects, request)),
    columns,
    name: ({ type: of, namespace, name }) => `${of}/${formatKey({ namespace, name })}`,
    empty: say('It is not in the snapshot.', 'スナップショットに見つかりません。'),
  });
};

/** Some hundred megabytes of memory: more than anybody reads through. */
const mostMatches = 500_000;

async function collected(matches: AsyncIterable<Match>): Promise<Match[]> {
  const items: Match[] = [];
  for await (const match of matches) {
    if (items.length === mostMatches) throw cliErrors.raise['too-many-matches']({ most: mostMatches });
    items.push(match);
  }
  return items;
}

interface Matching {
  readonly regex?: boolean | undefined;
  readonly ignoreCase?: boolean | undefined;
}

function matcher(pattern: string, { regex, ignoreCase }: Matching): (text: string) => boolean {
  if (regex === true) {
    const expression = compiled(pattern, ignoreCase === true ? 'iu' : 'u');
    return text => expression.test(text);
  }
  if (ignoreCase !== true) return text => text.includes(pattern);
  const lower = pattern.toLowerCase();
  return text => text.toLowerCase().includes(lower);
}

function compiled(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw cliErrors.raise['bad-value']({ flag: 'PATTERN', given: pattern, expected: 'redis:[67]' });
  }
}

/** Longer values are cut in the table; JSON and YAML have all of them. */
const longest = 100;

function shown(value: unknown): string {
  const text = String(value).replaceAll(/\s+/g, ' ');
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

const columns: readonly Column<Match>[] = [
  { header: say('NAMESPACE', 'NAMESPACE'), cell: match => match.namespace ?? '' },
  { header: say('TYPE', '種類'), cell: match => match.type },
  { header: heads.name, cell: match => match.name },
  { header: say('REVISION', 'リビジョン'), cell: match => String(match.revision), align: 'right' },
  { header: say('FIELD', 'フィールド'), cell: match => match.field },
  { header: say('VALUE', '値'), cell: match => shown(match.value) },
  { header: say('KEY', 'キー'), cell: match => match.key, wide: true },
];
