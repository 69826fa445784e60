import { readFile } from 'node:fs/promises';
import type { Env } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { configPath } from './path.ts';
import type { Config } from './schema.ts';

/** The text of the configuration file; empty where there is none. Throws `cli.config-unreadable`. */
export async function readConfigText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return '';
    throw cliErrors.raise['config-unreadable']({ path }, { cause: thrown });
  }
}

/** The configuration that the environment names, checked. What checks it is loaded only if there is something to check. */
export async function readConfig(env: Env): Promise<Config> {
  const path = configPath(env);
  const text = await readConfigText(path);
  if (text.trim() === '') return {};
  const { parseConfig } = await import('./load.ts');
  return parseConfig(path, text).config;
}

/** The same without the checks, which take longer than a shell should wait; what has another shape is left out. */
export async function readConfigLoosely(env: Env): Promise<Config> {
  const text = await readConfigText(configPath(env));
  if (text.trim() === '') return {};
  const { parse } = await import('yaml');
  const { locations, defaultLocation, namespace } = parse(text) as Record<string, unknown>;
  return {
    locations: isRecord(locations) ? (locations as NonNullable<Config['locations']>) : {},
    ...(typeof defaultLocation === 'string' ? { defaultLocation } : {}),
    ...(typeof namespace === 'string' ? { namespace } : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
