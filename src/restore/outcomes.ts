import { formatKey, type KubeObject } from '#kube/objects.ts';

export type Outcome = 'created' | 'updated' | 'skipped' | 'failed';

/** What became of each object, by name only: the restore's resource list. */
export interface Outcomes {
  /** `object` with the namespace and name that it has in the cluster, and the version that was used. */
  add(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>, outcome: Outcome): void;
  /** How many there are in all. */
  readonly size: number;
  /** As Velero stores it: `apps/v1/Deployment` → `shop/web(created)`, sorted. */
  list(): Record<string, string[]>;
}

export function createOutcomes(): Outcomes {
  const byType = new Map<string, string[]>();
  let size = 0;
  return {
    add(object, outcome) {
      const type = `${object.apiVersion}/${object.kind}`;
      const entries = byType.get(type) ?? [];
      entries.push(`${formatKey(object.metadata)}(${outcome})`);
      byType.set(type, entries);
      size++;
    },
    get size() {
      return size;
    },
    list() {
      const types = [...byType].sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(types.map(([type, entries]) => [type, entries.sort()]));
    },
  };
}
