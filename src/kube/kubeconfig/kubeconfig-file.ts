import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { raise } from '../errors.ts';

/** A map out of a kubeconfig, as it stands there. */
export type Section = Readonly<Record<string, unknown>>;

/** One kubeconfig, or several merged: the entries by name. Relative paths in it are already resolved. */
export interface Kubeconfig {
  /** The files it was read from, for messages. */
  readonly source: string;
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, Section>;
  readonly users: ReadonlyMap<string, Section>;
  readonly contexts: ReadonlyMap<string, Section>;
}

/**
 * Reads and merges files by kubectl's rules: of entries with the same name, and of `current-context`, the first
 * that is met counts whole. A file that is not there is passed over, unless `required`. `undefined` where none is there.
 */
export async function readKubeconfigs(
  files: readonly string[],
  options: { readonly required: boolean },
): Promise<Kubeconfig | undefined> {
  const read: Kubeconfig[] = [];
  for (const file of files) {
    const config = await readKubeconfig(file);
    if (config !== undefined) read.push(config);
    else if (options.required) throw raise['kubeconfig-missing']({ source: file });
  }
  return read.length === 0 ? undefined : read.reduceRight((later, earlier) => merge(earlier, later));
}

function merge(first: Kubeconfig, second: Kubeconfig): Kubeconfig {
  return {
    source: `${first.source}:${second.source}`,
    currentContext: first.currentContext || second.currentContext,
    clusters: new Map([...second.clusters, ...first.clusters]),
    users: new Map([...second.users, ...first.users]),
    contexts: new Map([...second.contexts, ...first.contexts]),
  };
}

async function readKubeconfig(file: string): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    if (code === 'ENOENT') return undefined;
    throw raise['kubeconfig-invalid']({ source: file, reason: code }, { cause: thrown });
  }
  return parseKubeconfig(text, path.resolve(file));
}

/** Reads one kubeconfig's text; `file` is its absolute path, against which its relative paths are resolved. */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const top = parseTop(text, file);
  const directory = path.dirname(file);
  return {
    source: file,
    currentContext: textOf(top, 'current-context'),
    clusters: entries(top, 'clusters', 'cluster', section => resolvePaths(section, directory, clusterPaths)),
    users: entries(top, 'users', 'user', section => resolveUser(section, directory)),
    contexts: entries(top, 'contexts', 'context', section => section),
  };
}

const clusterPaths = ['certificate-authority'];
const userPaths = ['client-certificate', 'client-key', 'tokenFile'];

function parseTop(text: string, file: string): Section {
  let top: unknown;
  try {
    top = parse(text, { maxAliasCount: 100 });
  } catch (thrown) {
    // The parser quotes the line it stumbled over, which may be a token: only its position is passed on.
    const at = positionOf(thrown);
    throw raise['kubeconfig-invalid']({ source: file, reason: `not YAML${at}` });
  }
  if (top === null || top === undefined) return {};
  if (!isSection(top)) throw raise['kubeconfig-invalid']({ source: file, reason: 'not a map' });
  return top;
}

function positionOf(thrown: unknown): string {
  const positions: unknown = thrown instanceof Error && 'linePos' in thrown ? thrown.linePos : undefined;
  const first: unknown = Array.isArray(positions) ? positions[0] : undefined;
  return isSection(first) ? ` (line ${String(first['line'])}, column ${String(first['col'])})` : '';
}

function entries(
  top: Section,
  list: string,
  field: string,
  prepare: (section: Section) => Section,
): ReadonlyMap<string, Section> {
  const found = new Map<string, Section>();
  const value = top[list];
  for (const entry of Array.isArray(value) ? value : []) {
    if (!isSection(entry)) continue;
    const name = textOf(entry, 'name');
    if (!found.has(name)) found.set(name, prepare(sectionOf(entry, field)));
  }
  return found;
}

function resolveUser(section: Section, directory: string): Section {
  const resolved = resolvePaths(section, directory, userPaths);
  const exec = resolved['exec'];
  if (!isSection(exec)) return resolved;
  const command = textOf(exec, 'command');
  // A bare name is looked up on the PATH; anything with a slash belongs to the file.
  return command.includes('/')
    ? { ...resolved, exec: { ...exec, command: path.resolve(directory, command) } }
    : resolved;
}

function resolvePaths(section: Section, directory: string, keys: readonly string[]): Section {
  const resolved = keys
    .filter(key => textOf(section, key) !== '')
    .map(key => [key, path.resolve(directory, textOf(section, key))]);
  return { ...section, ...Object.fromEntries(resolved) };
}

export function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text under a key; empty where there is none. Numbers and booleans, which YAML makes of bare words, count as text. */
export function textOf(section: Section, key: string): string {
  const value = section[key];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** The map under a key; empty where there is none. */
export function sectionOf(section: Section, key: string): Section {
  const value = section[key];
  return isSection(value) ? value : {};
}

/** The list of texts under a key; empty where there is none. */
export function textsOf(section: Section, key: string): readonly string[] {
  const value = section[key];
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}
