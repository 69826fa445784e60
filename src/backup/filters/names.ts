import { compileGlob, globProblem, hasGlob } from '#foundation/glob.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ResourceType } from '#kube/objects.ts';
import { badPattern, unknownResource, wrongScope } from '../problems.ts';

/** A list of resource names of a Backup, as the cluster understands it. */
export interface ResourceNames {
  /** It has no entry. */
  readonly empty: boolean;
  /** It is `*`. */
  readonly star: boolean;
  readonly named: ReadonlySet<GroupResource>;
}

export interface ResolvedNames {
  readonly names: ResourceNames;
  /** About entries that mean nothing, or something of the other scope. */
  readonly problems: readonly Message[];
}

/** Of which list of the spec, and whether it takes types of one scope only. */
export interface NamesField {
  readonly field: string;
  readonly namespaced?: boolean;
}

/**
 * Resolves names as kubectl does (`po`, `pod`, `pods`, `deployments.apps`), and patterns of full names
 * (`*.velero.io`) as Velero does.
 */
export function resolveNames(
  entries: readonly string[],
  field: NamesField,
  discovery: Discovery,
): ResolvedNames {
  const problems: Message[] = [];
  const named = new Set<GroupResource>();
  for (const entry of entries.filter(each => each !== '*')) {
    const found = resolve(entry, field, discovery);
    problems.push(...found.problems);
    for (const type of found.types) named.add(groupResource(type));
  }
  const names = { empty: entries.length === 0, star: entries.includes('*'), named };
  return { names, problems };
}

function resolve(
  entry: string,
  { field, namespaced }: NamesField,
  discovery: Discovery,
): { types: readonly ResourceType[]; problems: readonly Message[] } {
  const bad = hasGlob(entry) ? globProblem(entry) : undefined;
  if (bad !== undefined) return { types: [], problems: [badPattern(field, entry, bad)] };
  const all = hasGlob(entry) ? matching(entry, discovery) : [discovery.resolve(entry)];
  const found = all.filter(type => type !== undefined);
  if (found.length === 0) {
    return { types: [], problems: [unknownResource(field, entry, unavailableGroup(entry, discovery))] };
  }
  const types = found.filter(type => namespaced === undefined || type.namespaced === namespaced);
  const [first] = found;
  const misplaced = types.length === 0 && first !== undefined;
  return { types, problems: misplaced ? [wrongScope(field, groupResource(first), first.namespaced)] : [] };
}

function matching(pattern: string, discovery: Discovery): readonly ResourceType[] {
  const fits = compileGlob(pattern);
  return discovery.preferred.filter(type => fits(groupResource(type)));
}

/** Why a group that the name says cannot be asked, where that is so. */
function unavailableGroup(name: string, discovery: Discovery): string | undefined {
  return discovery.unavailable.find(({ groupVersion }) =>
    name.endsWith(`.${groupVersion.split('/')[0] ?? ''}`),
  )?.reason;
}
