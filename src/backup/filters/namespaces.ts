import { compileGlob, globProblem, hasGlob } from '#foundation/glob.ts';
import type { Message } from '#foundation/language.ts';
import { badNamespace, badPattern } from '../problems.ts';

/** Which namespaces a Backup takes, as its two lists say. */
export interface NamespaceFilter {
  /** Neither list leaves anything out. */
  readonly everything: boolean;
  /** The list of included namespaces is empty or `*`: namespaces of which nobody knows yet are taken too. */
  readonly open: boolean;
  /** The included namespaces that are named in full, and the patterns of others. */
  readonly names: readonly string[];
  readonly patterns: readonly string[];
  includes(namespace: string): boolean;
  excludes(namespace: string): boolean;
}

/** Both lists have been validated: every entry is a name or a pattern, or empty, which is no namespace at all. */
export function namespaceFilter(included: readonly string[], excluded: readonly string[]): NamespaceFilter {
  const open = included.length === 0 || included.includes('*');
  const takes = anyOf(included);
  const excludes = anyOf(excluded);
  const listed = open ? [] : included.filter(entry => entry !== '');
  return {
    everything: open && excluded.length === 0,
    open,
    names: listed.filter(entry => !hasGlob(entry)),
    patterns: listed.filter(hasGlob),
    includes: namespace => !excludes(namespace) && (open || takes(namespace)),
    excludes,
  };
}

/** What is wrong with a text that should be a namespace's name or a pattern of one, once the field is known. */
export function namespaceProblem(entry: string): ((field: string) => Message) | undefined {
  const bad = globProblem(entry);
  if (bad !== undefined) return field => badPattern(field, entry, bad);
  return namespaceName.test(entry.replaceAll(/[*?[\]]/g, 'x'))
    ? undefined
    : field => badNamespace(field, entry);
}

const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether any of the entries means the name; a set for plain names, so that long lists cost nothing. */
function anyOf(entries: readonly string[]): (name: string) => boolean {
  const names = new Set(entries.filter(entry => !hasGlob(entry)));
  const globs = entries.filter(hasGlob).map(compileGlob);
  return name => names.has(name) || globs.some(glob => glob(name));
}
