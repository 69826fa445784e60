import { expandHome } from './config/path.ts';
import type { Env } from './context.ts';
import type { FlagSpec, Flags } from './spec.ts';

/**
 * The values of flags, with `~` and `~/x` as the home directory and what is below it where a flag names a file or a place: no shell expands it
 * in `--repo=~/x`, and nobody means a directory called `~`.
 */
export function withHome<V extends Readonly<Record<string, unknown>>>(flags: Flags, values: V, env: Env): V {
  const named = Object.entries(values).filter(([key]) => namesPath(flags[key]));
  return { ...values, ...Object.fromEntries(named.map(([key, value]) => [key, expanded(value, env)])) };
}

function namesPath(flag: FlagSpec | undefined): boolean {
  if (flag?.kind !== 'text' && flag?.kind !== 'texts') return false;
  return flag.complete === 'files' || flag.complete === 'locations';
}

function expanded(value: unknown, env: Env): unknown {
  if (Array.isArray(value)) return value.map(each => expanded(each, env));
  return typeof value === 'string' ? expandHome(value, env) : value;
}
