import { Discovery, namesOf } from '#kube/discovery.ts';
import { fieldsAt, listAt, textAt, valueAt } from '#kube/fields.ts';
import { apiVersionOf, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { pluralOf } from './resource-names.ts';
import { shortNames } from './short-names.ts';
import { storedKinds } from './stored-kinds.ts';
import { knownKinds, messageOfKind } from './tables.ts';

/** The type of types that are custom. */
export const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

/** What a CustomResourceDefinition declares, in the version that it stores; `undefined` where it does not say enough. */
export function declaredType({ spec }: KubeObject): ResourceType | undefined {
  const names = fieldsAt(spec, 'names');
  const [group, resource, kind] = [textAt(spec, 'group'), textAt(names, 'plural'), textAt(names, 'kind')];
  if (!group || !resource || !kind) return undefined;
  const namespaced = textAt(spec, 'scope') === 'Namespaced';
  const type = storedType({ group, version: storedVersion(spec), resource, kind, namespaced });
  return {
    ...type,
    shortNames: listAt(names, 'shortNames').filter(name => typeof name === 'string'),
    singular: textAt(names, 'singular') ?? type.singular,
  };
}

/** A type of which the rest is as for every stored one, with its names if it is built in. */
export function storedType(
  type: Pick<ResourceType, 'group' | 'version' | 'resource' | 'kind' | 'namespaced'>,
): ResourceType {
  return {
    ...type,
    verbs: ['get', 'list'],
    shortNames: shortNames.get(groupResource(type)) ?? [],
    singular: type.kind.toLowerCase(),
  };
}

function storedVersion(spec: unknown): string {
  const stored = listAt(spec, 'versions').find(version => valueAt(version, 'storage') === true);
  return textAt(stored, 'name') ?? '';
}

/**
 * Types as an API server tells them: with the names that definitions declare, those that are only declared among them, and in the order in
 * which a word is looked for: the core first, then Kubernetes' groups, OpenShift's, and custom ones by their names.
 */
export function namedTypes(
  met: Iterable<ResourceType>,
  declared: readonly ResourceType[],
): readonly ResourceType[] {
  const byName = new Map(declared.map(type => [groupResource(type), type]));
  const types = [...met].map(type => {
    const definition = byName.get(groupResource(type));
    byName.delete(groupResource(type));
    if (definition === undefined) return type;
    return { ...type, singular: definition.singular, shortNames: definition.shortNames };
  });
  return inOrder([...types, ...byName.values()]);
}

function inOrder(types: Iterable<ResourceType>): ResourceType[] {
  const groups = new Set([...knownKinds()].map(({ group }) => group));
  const rankOf = (group: string): number => {
    if (group === '') return 0;
    if (!groups.has(group)) return 4;
    // What it shows is kept in other groups since.
    if (group === 'extensions') return 3;
    return group.endsWith('.openshift.io') ? 2 : 1;
  };
  const all = [...types].map(type => ({ type, rank: rankOf(type.group) }));
  return all.sort((a, b) => a.rank - b.rank || compare(a.type, b.type)).map(({ type }) => type);
}

function compare(a: ResourceType, b: ResourceType): number {
  const [one, other] = [`${a.group} ${a.resource}`, `${b.group} ${b.resource}`];
  return Number(one > other) - Number(one < other);
}

/** The type that a word means among these, or a built-in one, whether there are such objects or not. */
export function typeNamed(types: readonly ResourceType[], word: string): ResourceType | undefined {
  return new Discovery(types).resolve(word) ?? builtIn().resolve(word);
}

/**
 * The type that a word means among those that a namespace has objects of; `undefined` where it takes all types to say: a built-in one
 * comes first, and may be elsewhere.
 */
export function typeNear(types: readonly ResourceType[], word: string): ResourceType | undefined {
  const near = new Discovery(types).resolve(word);
  const first = builtIn().resolve(word);
  if (near === undefined || first === undefined) return near;
  return groupResource(near) === groupResource(first) ? near : undefined;
}

/**
 * Whether a type may be what a word means, for those who do not know yet which types there are: a word that means no built-in type may
 * mean any custom one, whose names are told by an object that may still come. Another word may mean a custom type by such a name, too, where
 * the built-in one has no objects: those are left out.
 */
export function mayMean(word: string): (type: ResourceType) => boolean {
  const [first = ''] = word.toLowerCase().split('.');
  const isBuiltIn = builtIn().resolve(word) !== undefined;
  const isCustom = (type: ResourceType): boolean =>
    messageOfKind(apiVersionOf(type), type.kind) === undefined;
  return type => namesOf(type).includes(first) || (!isBuiltIn && isCustom(type));
}

/** What is written for types like a word that means none. */
export function wordsFor(types: readonly ResourceType[]): string[] {
  return types.flatMap(type => [groupResource(type), type.resource, type.singular]);
}

let builtInTypes: Discovery | undefined;

/** The types that there are tables for and that are stored. Whether they have namespaces is not known. */
function builtIn(): Discovery {
  builtInTypes ??= new Discovery(
    inOrder(
      [...storedKinds()].map(known =>
        storedType({ ...known, resource: pluralOf(known.kind), namespaced: false }),
      ),
    ),
  );
  return builtInTypes;
}
