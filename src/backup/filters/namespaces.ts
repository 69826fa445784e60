import { compileGlob, hasGlob } from '#foundation/glob.ts';

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

/** Whether any of the entries means the name; a set for plain names, so that long lists cost nothing. */
function anyOf(entries: readonly string[]): (name: string) => boolean {
  const names = new Set(entries.filter(entry => !hasGlob(entry)));
  const globs = entries.filter(hasGlob).map(compileGlob);
  return name => names.has(name) || globs.some(glob => glob(name));
}
