/** What became of an object; `other` is what a stored list calls otherwise. */
export const actions = ['created', 'updated', 'skipped', 'failed', 'other'] as const;
export type Action = (typeof actions)[number];
export type Counts = Readonly<Partial<Record<Action, number>>>;

/** How many objects of a type met with what. */
export interface TypeTally {
  /** As the list calls it: `apps/v1/Deployment`. */
  readonly type: string;
  readonly counts: Counts;
}

/** A namespace's types; the empty name is that of cluster-scoped objects. */
export interface NamespaceTally {
  readonly namespace: string;
  readonly types: readonly TypeTally[];
}

/** A restore's resource list: `apps/v1/Deployment` → `ns/name(created)`, `name(skipped)`. */
export type RestoredList = Readonly<Record<string, readonly string[]>>;

/** Counts by namespace and type, both in the order of their names, cluster-scoped objects first. */
export function tallyByNamespace(list: RestoredList): NamespaceTally[] {
  const namespaces = new Map<string, Map<string, Partial<Record<Action, number>>>>();
  for (const [type, entries] of Object.entries(list)) {
    for (const entry of entries) {
      const { namespace, action } = readEntry(entry);
      const types = got(namespaces, namespace, () => new Map());
      const counts = got(types, type, () => ({}));
      counts[action] = (counts[action] ?? 0) + 1;
    }
  }
  return sorted(namespaces).map(([namespace, types]) => ({
    namespace,
    types: sorted(types).map(([type, counts]) => ({ type, counts })),
  }));
}

/** The same without the namespaces. */
export function tallyByType(list: RestoredList): TypeTally[] {
  return Object.entries(list)
    .filter(([, entries]) => entries.length > 0)
    .map(([type, entries]) => ({ type, counts: countsOf(entries.map(entry => readEntry(entry).action)) }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** All counts in one. */
export function total(tallies: readonly TypeTally[]): Counts {
  return Object.fromEntries(
    actions.map(action => [action, tallies.reduce((sum, { counts }) => sum + (counts[action] ?? 0), 0)]),
  );
}

function countsOf(all: readonly Action[]): Counts {
  const counts: Partial<Record<Action, number>> = {};
  for (const action of all) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

function readEntry(entry: string): { namespace: string; action: Action } {
  const [, key = entry, word = ''] = /^(.*?)\s*\((\w+)\)$/.exec(entry) ?? [];
  const slash = key.indexOf('/');
  return {
    namespace: slash < 0 ? '' : key.slice(0, slash),
    action: actions.find(action => action === word) ?? 'other',
  };
}

function got<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
