import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { type Change, changesBetween, formatPath } from './changes.ts';

/** An object of a cluster, and what it is one of. */
export interface Listed {
  readonly type: Pick<ResourceType, 'group' | 'resource'>;
  readonly object: KubeObject;
}

/** What became of one object, or of one field of it, between two looks at a cluster. */
export interface Difference {
  readonly resource: GroupResource;
  /** Under the namespace where it was restored. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Absent where the object is new. */
  readonly before?: KubeObject;
  /** Absent where the object is missing. */
  readonly after?: KubeObject;
  /** The field, where the object is there both before and after. */
  readonly change?: Change;
}

/** Which project was restored under which other name: `{ shop: 'shop-copy' }`. Others keep theirs. */
export type NewNames = Readonly<Record<string, string>>;

/**
 * Compares objects field by field, those of a renamed project with what was restored under its new name. In the order
 * of the objects before; new objects last.
 */
export function compareObjects(
  before: readonly Listed[],
  after: readonly Listed[],
  names: NewNames = {},
): Difference[] {
  const left = byPlace(before, names);
  const right = byPlace(after, {});
  const kept = [...left].flatMap(([place, was]) => compareOne(was, right.get(place), names));
  const added = [...right]
    .filter(([place]) => !left.has(place))
    .map(([, is]) => ({ ...whereIs(is), after: is.object }));
  return [...kept, ...added];
}

/** Why a difference is as it should be. */
export interface Reason {
  /** Of a few words: `another cluster IP`. */
  readonly title: string;
  /** A sentence for somebody who has never seen a restore. */
  readonly text: string;
  readonly explains: (difference: Difference, among: Comparison) => boolean;
}

/** All that differs, and which projects have other names now. */
export interface Comparison {
  readonly differences: readonly Difference[];
  readonly names: NewNames;
}

/** Differences, each under the first reason that explains it. */
export interface Explained {
  /** In the order of the reasons; those that explain nothing are left out. */
  readonly groups: readonly { readonly reason: Reason; readonly differences: readonly Difference[] }[];
  readonly unexplained: readonly Difference[];
}

/** Looks for a reason for each difference. */
export function explain(
  differences: readonly Difference[],
  reasons: readonly Reason[],
  names: NewNames = {},
): Explained {
  const reasonOf = (difference: Difference): Reason | undefined =>
    reasons.find(reason => reason.explains(difference, { differences, names }));
  const found = Map.groupBy(differences, reasonOf);
  const groups = reasons.flatMap(reason => {
    const explained = found.get(reason);
    return explained === undefined ? [] : [{ reason, differences: explained }];
  });
  return { groups, unexplained: found.get(undefined) ?? [] };
}

/** One line: `services shop/web spec.clusterIP: "10.0.0.7" → "10.0.0.9"`. */
export function formatDifference(difference: Difference): string {
  const { change } = difference;
  const object = formatPlace(difference);
  if (difference.before === undefined) return `${object} is new`;
  if (change === undefined) return `${object} is missing`;
  return `${object} ${formatPath(change.path)}: ${brief(change.before)} → ${brief(change.after)}`;
}

/** `services shop/web`. */
export function formatPlace({ resource, namespace, name }: Difference): string {
  return `${resource} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

const longestValue = 60;

function brief(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

function byPlace(objects: readonly Listed[], names: NewNames): Map<string, Listed> {
  return new Map(objects.map(listed => [formatPlace(whereIs(listed, names)), listed]));
}

function whereIs(
  { type, object }: Listed,
  names: NewNames = {},
): Pick<Difference, 'resource' | 'namespace' | 'name'> {
  const resource = groupResource(type);
  const { namespace, name } = object.metadata;
  return {
    resource,
    namespace: namespace === undefined ? undefined : newName(namespace, names),
    name: resource === 'namespaces' ? newName(name, names) : name,
  };
}

/** What a project is called after the restore. */
export function newName(project: string, names: NewNames): string {
  return Object.hasOwn(names, project) ? (names[project] ?? project) : project;
}

function compareOne(was: Listed, is: Listed | undefined, names: NewNames): Difference[] {
  if (is === undefined) return [{ ...whereIs(was, names), before: was.object }];
  const place = { ...whereIs(is), before: was.object, after: is.object };
  return changesBetween(was.object, is.object).map(change => ({ ...place, change }));
}
