/**
 * What went wrong in a backup or a restore, as Velero stores it in `…-results.gz` (its pkg/util/results): texts in
 * English, by where they belong. Sections and lists that are empty are left out.
 */
export interface Results {
  readonly warnings: ResultSection;
  readonly errors: ResultSection;
}

export interface ResultSection {
  /** About the run itself. */
  velero?: string[];
  /** About cluster-scoped objects. */
  cluster?: string[];
  /** By namespace. */
  namespaces?: Record<string, string[]>;
}

/** How many texts a section has in all. */
export function countOf(section: ResultSection): number {
  const lists = [section.velero ?? [], section.cluster ?? [], ...Object.values(section.namespaces ?? {})];
  return lists.reduce((sum, list) => sum + list.length, 0);
}
