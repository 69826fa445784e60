import { type GroupResource, groupResource, type KubeObject, type ResourceType } from './objects.ts';

/** Something that a user has to be allowed. */
export interface Right {
  /** `resource.group`, a subresource behind the resource: `pods/exec`. */
  readonly resource: GroupResource;
  readonly verbs: readonly string[];
  /** Absent: in the whole cluster. */
  readonly namespace?: string | undefined;
  /** Of the objects; absent: any. Verbs that name no object (`create`, `list` of all) are not bounded by it. */
  readonly names?: readonly string[] | undefined;
}

/** The resource's name in a {@link Right}. */
export function rightsName(
  type: Pick<ResourceType, 'group' | 'resource'>,
  subresource?: string,
): GroupResource {
  const { group, resource } = type;
  return groupResource({
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
  });
}

/**
 * A ClusterRole and Roles of that name that allow the rights and nothing else: what is allowed in the whole cluster is
 * not repeated in a namespace. The same rights make the same roles. Pure.
 */
export function rolesFor(name: string, rights: readonly Right[]): KubeObject[] {
  const everywhere = merged(rights.filter(({ namespace }) => namespace === undefined));
  const places = Map.groupBy(
    rights.filter(({ namespace }) => namespace !== undefined),
    ({ namespace }) => namespace ?? '',
  );
  const roles = [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([namespace, each]) => {
      const rules = rulesOf(without(merged(each), everywhere));
      return rules.length === 0 ? [] : [roleOf('Role', { name, namespace }, rules)];
    });
  const rules = rulesOf(everywhere);
  return [...(rules.length === 0 ? [] : [roleOf('ClusterRole', { name }, rules)]), ...roles];
}

/** Verbs by `resource names`. */
type Merged = ReadonlyMap<string, ReadonlySet<string>>;

const any = '*';

function merged(rights: readonly Right[]): Merged {
  const all = new Map<string, Set<string>>();
  for (const { resource, verbs, names = [any] } of rights) {
    for (const each of names) {
      const key = `${resource} ${each}`;
      const known = all.get(key) ?? new Set();
      for (const verb of verbs) known.add(verb);
      all.set(key, known);
    }
  }
  return lessNamed(all);
}

/** What is allowed of every object need not be allowed of one. */
function lessNamed(all: Merged): Merged {
  return less(
    all,
    key => all.get(`${key.split(' ')[0]} ${any}`),
    key => !key.endsWith(` ${any}`),
  );
}

function without(rights: Merged, others: Merged): Merged {
  const ofAny = (key: string): string => `${key.split(' ')[0]} ${any}`;
  return less(
    rights,
    key => new Set([...(others.get(key) ?? []), ...(others.get(ofAny(key)) ?? [])]),
    () => true,
  );
}

function less(
  rights: Merged,
  other: (key: string) => ReadonlySet<string> | undefined,
  isMeant: (key: string) => boolean,
): Merged {
  const entries = [...rights].map(([key, verbs]): [string, Set<string>] => {
    const covered = isMeant(key) ? other(key) : undefined;
    return [key, new Set([...verbs].filter(verb => covered?.has(verb) !== true))];
  });
  return new Map(entries.filter(([, verbs]) => verbs.size > 0));
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** One rule for all resources of a group with the same verbs. */
function rulesOf(rights: Merged): Rule[] {
  const byResource = Map.groupBy(rights, ([key, verbs]) => {
    const [resource = '', name = any] = key.split(' ');
    return JSON.stringify([resource, name === any, [...verbs].sort()]);
  });
  const rules = [...byResource].map(([key, entries]) => {
    const [resource, isAny, verbs] = JSON.parse(key) as [string, boolean, string[]];
    const names = isAny ? undefined : entries.map(([each]) => each.split(' ')[1] ?? '').sort();
    return { ...partsOf(resource), verbs, names };
  });
  const byRule = Map.groupBy(rules, ({ group, verbs, names }) =>
    JSON.stringify([group, names ?? null, verbs]),
  );
  return [...byRule]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => {
      const [group, names, verbs] = JSON.parse(key) as [string, string[] | null, string[]];
      return {
        apiGroups: [group],
        resources: each.map(({ resource }) => resource).sort(),
        ...(names === null ? {} : { resourceNames: names }),
        verbs,
      };
    });
}

/** `pods/exec` → pods/exec of the core group; `deployments/status.apps` → deployments/status of apps. */
function partsOf(name: GroupResource): { resource: string; group: string } {
  const dot = name.indexOf('.');
  return dot < 0
    ? { resource: name, group: '' }
    : { resource: name.slice(0, dot), group: name.slice(dot + 1) };
}

function roleOf(
  kind: 'ClusterRole' | 'Role',
  metadata: { readonly name: string; readonly namespace?: string },
  rules: readonly Rule[],
): KubeObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { ...metadata }, rules };
}
