/** By what snapshots are put together before a policy looks at them. */
export interface GroupBy {
  readonly host: boolean;
  readonly paths: boolean;
  readonly tags: boolean;
}

export const defaultGroupBy: GroupBy = { host: true, paths: true, tags: false };

/** Reads `host,paths,tags`, each also in the singular or plural; empty: all in one group. `undefined` for another word. */
export function parseGroupBy(text: string): GroupBy | undefined {
  const words = text.split(',').filter(word => word !== '');
  if (!words.every(word => /^(?:hosts?|paths?|tags?)$/.test(word))) return undefined;
  const named = (name: string): boolean => words.includes(name) || words.includes(`${name}s`);
  return { host: named('host'), paths: named('path'), tags: named('tag') };
}

/** What snapshots of a group have in common; what they are not grouped by is empty. */
export interface GroupKey {
  readonly host: string;
  /** Sorted. */
  readonly paths: readonly string[];
  /** Sorted. */
  readonly tags: readonly string[];
}

export interface Group<T> {
  readonly key: GroupKey;
  readonly items: readonly T[];
}

/** Puts together what has the same key; groups and items in the order in which they come. */
export function groupSnapshots<T>(
  items: Iterable<T>,
  by: GroupBy,
  describe: (item: T) => GroupKey,
): readonly Group<T>[] {
  const groups = new Map<string, { readonly key: GroupKey; readonly items: T[] }>();
  for (const item of items) {
    const key = keyOf(describe(item), by);
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? { key, items: [] };
    groups.set(name, group);
    group.items.push(item);
  }
  return [...groups.values()];
}

function keyOf({ host, paths, tags }: GroupKey, by: GroupBy): GroupKey {
  return {
    host: by.host ? host : '',
    paths: by.paths ? sortedByBytes(paths) : [],
    tags: by.tags ? sortedByBytes(tags) : [],
  };
}

function sortedByBytes(texts: readonly string[]): readonly string[] {
  return texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
