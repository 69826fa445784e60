import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '../context.ts';

/** Where the configuration file is: HOZON_CONFIG, else below XDG_CONFIG_HOME, else `~/.config/hozon/config.yaml`. */
export function configPath(env: Env): string {
  if (env['HOZON_CONFIG']) return env['HOZON_CONFIG'];
  const base = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return join(base, 'hozon', 'config.yaml');
}

/** `~` and `~/x` as the home directory and what is below it; anything else as it is. */
export function expandHome(path: string, env: Env): string {
  return path === '~' || path.startsWith('~/') ? join(env['HOME'] || homedir(), path.slice(1)) : path;
}
