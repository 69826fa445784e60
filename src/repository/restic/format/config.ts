import { isIrreducible, polynomialDegree } from '../../chunking/polynomial.ts';
import { isObject, type Json, writeJson } from '../../format/go-json.ts';
import { isId } from './ids.ts';

/** What the file `config` says of a repository. */
export interface Config {
  readonly version: 1 | 2;
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** What chunk boundaries are computed with. */
  readonly polynomial: bigint;
}

/** The config, or what is wrong with it: `damaged`, or a `version` that is not known here. */
export type ConfigReading = Config | { readonly fault: 'damaged' } | { readonly fault: 'version' };

export function readConfig(document: Json): ConfigReading {
  if (!isObject(document)) return { fault: 'damaged' };
  const { version, id, chunker_polynomial: polynomial } = document;
  if (version !== 1 && version !== 2) return { fault: typeof version === 'number' ? 'version' : 'damaged' };
  if (!isId(id) || typeof polynomial !== 'string') return { fault: 'damaged' };
  const value = /^[0-9a-f]{1,16}$/.test(polynomial) ? BigInt(`0x${polynomial}`) : 0n;
  if (value >> BigInt(polynomialDegree) !== 1n || !isIrreducible(value)) return { fault: 'damaged' };
  return { version, id, polynomial: value };
}

/** The file's plain text. */
export function writeConfig({ version, id, polynomial }: Config): Buffer {
  return Buffer.from(writeJson({ version, id, chunker_polynomial: polynomial.toString(16) }));
}
