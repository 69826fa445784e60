import { cliErrors } from '../../errors.ts';
import { type FlagValues, longName } from '../../spec.ts';
import type { find } from './specs/queries.ts';

type FindFlags = Pick<FlagValues<(typeof find)['flags']>, FindKind>;

const kinds = ['blob', 'tree', 'pack'] as const;

/** What is looked for in place of paths. */
export type FindKind = (typeof kinds)[number];

/** `undefined` where paths are looked for. @throws `cli.conflicting-flags` */
export function kindOf(flags: FindFlags): FindKind | undefined {
  const [kind, other] = kinds.filter(each => flags[each] === true);
  if (kind === undefined || other === undefined) return kind;
  throw cliErrors.raise['conflicting-flags']({ flags: [kind, other].map(each => `--${longName(each)}`) });
}
