import { say } from '#foundation/language.ts';
import { Fault } from '../../format/fault.ts';
import { isJsonObject } from './json-shape.ts';

/** Where blobs lie in a location: object stores keep each under its id, file systems spread them over directories. */
export interface BlobLayout {
  /** The key of a blob. */
  readonly keyOf: (id: string) => string;
  /** The id of the blob that lies under a key; `undefined` where no blob of this layout does. */
  readonly idOf: (key: string) => string | undefined;
  /** Beginnings of keys, none of them the beginning of another, under which every blob lies whose id begins so. */
  readonly keyPrefixes: (idPrefix: string) => readonly string[];
}

/** What `.shards` says: after how many characters of an id each directory's name ends. */
export interface Shards {
  readonly sizes: readonly number[];
  /** Ids of at most so many characters lie in no directory. */
  readonly unshardedLength: number;
  /** Other sizes for ids with these beginnings; the first that fits counts. */
  readonly overrides: readonly { readonly prefix: string; readonly sizes: readonly number[] }[];
}

/** The file that holds {@link Shards}; it alone has no suffix. */
export const shardsKey = '.shards';
/** Bytes of that file. */
export const shardsLimit = 64 * 1024;
const suffix = '.f';

/** What kopia assumes of a directory without `.shards`, as the oldest clients wrote. */
export const assumedShards: Shards = { sizes: [3, 3], unshardedLength: 20, overrides: [] };
/** What kopia makes new repositories with. */
export const newShards: Shards = { sizes: [1, 3], unshardedLength: 20, overrides: [] };

/** Each blob under its id. What begins with a point says how blobs are stored. */
export const flatLayout: BlobLayout = {
  keyOf: id => id,
  idOf: key => (key.includes('/') || key.startsWith('.') ? undefined : key),
  keyPrefixes: idPrefix => [idPrefix],
};

/** Blobs spread over directories, in files that end in `.f`. */
export function shardedLayout(shards: Shards): BlobLayout {
  const keyOf = (id: string): string => `${directoriesOf(shards, id).join('/')}${suffix}`;
  return {
    keyOf,
    idOf: key => {
      if (!key.endsWith(suffix)) return undefined;
      const id = key.slice(0, -suffix.length).replaceAll('/', '');
      return keyOf(id) === key ? id : undefined;
    },
    keyPrefixes: idPrefix => keyPrefixes(shards, idPrefix),
  };
}

/** The names of the directories a blob lies in, and the rest of its id. */
function directoriesOf(shards: Shards, id: string): string[] {
  if (id.length <= shards.unshardedLength) return [id];
  const sizes = shards.overrides.find(({ prefix }) => id.startsWith(prefix))?.sizes ?? shards.sizes;
  const names: string[] = [];
  let rest = id;
  for (const size of sizes) {
    if (rest.length <= size) break;
    if (size === 0) continue;
    names.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return [...names, rest];
}

function keyPrefixes(shards: Shards, idPrefix: string): string[] {
  if (shards.overrides.length > 0) return [''];
  let [inDirectories, rest] = ['', idPrefix];
  for (const size of shards.sizes) {
    if (rest.length <= size) break; // the id may end here: it has no directory of this name then
    if (size === 0) continue;
    inDirectories += `${rest.slice(0, size)}/`;
    rest = rest.slice(size);
  }
  const sharded = inDirectories + rest;
  return sharded.startsWith(idPrefix) ? [idPrefix] : [idPrefix, sharded];
}

/** `.shards` as kopia writes it. */
export function writeShards({ sizes, unshardedLength, overrides }: Shards): Buffer {
  const more = overrides.length === 0 ? {} : { overrides: overrides.map(writeOverride) };
  return Buffer.from(JSON.stringify({ default: sizes, maxNonShardedLength: unshardedLength, ...more }));
}

function writeOverride({ prefix, sizes }: Shards['overrides'][number]): unknown {
  return { prefix, shards: sizes };
}

/** What `.shards` says. @throws Fault */
export function readShards(bytes: Uint8Array): Shards {
  const document = parsed(bytes);
  if (!isJsonObject(document)) throw new Fault(notShards);
  const { default: sizes = null, maxNonShardedLength = 0, overrides = null } = document;
  if (!isLength(maxNonShardedLength)) throw new Fault(notShards);
  const others = overrides ?? [];
  if (!Array.isArray(others)) throw new Fault(notShards);
  return {
    sizes: readSizes(sizes),
    unshardedLength: maxNonShardedLength,
    overrides: others.map(readOverride),
  };
}

function readOverride(value: unknown): Shards['overrides'][number] {
  if (!isJsonObject(value) || typeof value['prefix'] !== 'string') throw new Fault(notShards);
  return { prefix: value['prefix'], sizes: readSizes(value['shards'] ?? null) };
}

function readSizes(value: unknown): readonly number[] {
  const sizes: unknown = value ?? [];
  if (!Array.isArray(sizes) || sizes.length > 16 || !sizes.every(isLength)) throw new Fault(notShards);
  return sizes;
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1024;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Fault(notShards, { cause });
  }
}

const notShards = say(
  'it does not say how blobs are spread over directories',
  'ブロブをディレクトリーに分散する方法が正しく記載されていません',
);
