import type { Json } from './json.ts';
import { Undecodable } from './undecodable.ts';

/** Nothing sensible has so many levels; of some thousands more, what walks through values runs out of stack. */
const deepest = 1000;

/** What a text of JSON holds. @throws Undecodable where it is none, or is nested deeper than anything sensible */
export function parseJson(text: string): Json {
  const value = parsed(text);
  if (isDeeper(value, deepest)) throw new Undecodable('depth');
  return value;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Undecodable('json');
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some(each => isDeeper(each, levels - 1));
}
