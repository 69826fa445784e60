import { compileGlob, hasGlob } from '#foundation/glob.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import type { Selector } from '#kube/selectors.ts';
import { twinOf } from '../filters/cohabiting.ts';
import { resolveNames } from '../filters/names.ts';
import type { ResourceFilter } from '../filters/resources.ts';
import type { Selection } from '../filters/selection.ts';
import type { PolicyDocument } from './document.ts';
import * as finding from './findings.ts';
import type { ObjectFilter } from './object-filters.ts';
import * as problem from './problems.ts';

export interface CompiledSelection {
  readonly selection: Selection;
  /** About kinds that mean nothing in the cluster: the Backup is invalid. */
  readonly problems: readonly Message[];
  /** About filters that have no effect. */
  readonly warnings: readonly Message[];
}

export interface SelectionContext {
  readonly selectors: readonly Selector[];
  readonly discovery: Discovery;
  readonly resources: ResourceFilter;
}

/**
 * The selectors of a Backup and the filters of its resource policy. A filter replaces the selectors for its kinds; in a
 * namespace that a policy is for, kinds without a filter are not listed at all. A policy that names the namespace goes
 * before patterns, and of these the first one counts.
 */
export function policySelection(document: PolicyDocument, context: SelectionContext): CompiledSelection {
  const kinds = new Kinds(document, context);
  const cluster = kinds.resolve(document.cluster ?? [], false);
  const policies = document.namespaced.map(({ namespaces, filters }) => {
    const rules = {
      byKind: kinds.resolve(filters, true),
      others: filters.find(filter => filter.kinds.length === 0),
    };
    return { namespaces, rules };
  });
  const selection = new PolicySelection(context.selectors, cluster, policies);
  return { selection, problems: kinds.problems, warnings: kinds.warnings };
}

type ByKind = ReadonlyMap<GroupResource, ObjectFilter>;

/** The filters of a namespace: for a kind its own, or the one for all others. */
interface NamespaceRules {
  readonly byKind: ByKind;
  readonly others: ObjectFilter | undefined;
}

interface NamespacePolicy {
  readonly namespaces: readonly string[];
  readonly rules: NamespaceRules;
}

class PolicySelection implements Selection {
  readonly #selectors: readonly Selector[];
  readonly #cluster: ByKind;
  readonly #byName: ReadonlyMap<string, NamespaceRules>;
  readonly #byPattern: readonly { fits: (namespace: string) => boolean; rules: NamespaceRules }[];
  readonly #rules: readonly NamespaceRules[];
  /** Whether every namespace is one that a policy is for. */
  readonly #isTotal: boolean;

  constructor(selectors: readonly Selector[], cluster: ByKind, policies: readonly NamespacePolicy[]) {
    const entries = policies.flatMap(({ namespaces, rules }) => namespaces.map(entry => ({ entry, rules })));
    this.#selectors = selectors;
    this.#cluster = cluster;
    this.#rules = policies.map(({ rules }) => rules);
    this.#byName = new Map(
      entries.filter(({ entry }) => !hasGlob(entry)).map(({ entry, rules }) => [entry, rules]),
    );
    this.#byPattern = entries
      .filter(({ entry }) => hasGlob(entry))
      .map(({ entry, rules }) => ({ fits: compileGlob(entry), rules }));
    this.#isTotal = entries.some(({ entry }) => entry === '*');
  }

  listed(type: ResourceType, namespace: string | undefined): readonly Selector[] | undefined {
    if (!type.namespaced) return this.#cluster.get(groupResource(type))?.selectors ?? this.#selectors;
    const rules = this.#rulesIn(namespace ?? '');
    return rules === undefined ? this.#selectors : filterOf(rules, type)?.selectors;
  }

  everywhere(type: ResourceType): readonly Selector[] | undefined {
    if (this.#rules.length === 0) return this.#selectors;
    return !this.#isTotal || this.#rules.some(rules => filterOf(rules, type) !== undefined) ? [] : undefined;
  }

  admits(type: ResourceType, { namespace, name }: ObjectKey): boolean {
    const rules = type.namespaced ? this.#rulesIn(namespace ?? '') : undefined;
    const filter = type.namespaced ? rules && filterOf(rules, type) : this.#cluster.get(groupResource(type));
    return filter?.admits(name) ?? true;
  }

  #rulesIn(namespace: string): NamespaceRules | undefined {
    return this.#byName.get(namespace) ?? this.#byPattern.find(({ fits }) => fits(namespace))?.rules;
  }
}

function filterOf({ byKind, others }: NamespaceRules, type: ResourceType): ObjectFilter | undefined {
  return byKind.get(groupResource(type)) ?? others;
}

/** Resolves the kinds of filters and gathers what is wrong with them. An object that has two names is meant by either. */
class Kinds {
  readonly problems: Message[] = [];
  readonly warnings: Message[] = [];
  readonly #field: PolicyDocument['field'];
  readonly #context: SelectionContext;

  constructor({ field }: PolicyDocument, context: SelectionContext) {
    this.#field = field;
    this.#context = context;
  }

  /** Of filters that stand beside each other, of which each kind may have one only. */
  resolve(filters: readonly ObjectFilter[], namespaced: boolean): ByKind {
    const byKind = new Map<GroupResource, ObjectFilter>();
    for (const filter of filters) {
      for (const [index, kind] of filter.kinds.entries()) {
        this.#add(byKind, filter, {
          kind,
          namespaced,
          field: this.#field(`${filter.place}.kinds[${index}]`),
        });
      }
    }
    return byKind;
  }

  #add(
    byKind: Map<GroupResource, ObjectFilter>,
    filter: ObjectFilter,
    { kind, namespaced, field }: { kind: string; namespaced: boolean; field: string },
  ): void {
    const { discovery } = this.#context;
    const { names, problems } = resolveNames([kind], { field, namespaced }, discovery);
    this.problems.push(...problems);
    for (const name of names.named) {
      const other = byKind.get(name);
      if (other !== undefined) this.problems.push(problem.sameKind(kind, other.place)(field));
      this.#warn(name, filter, field);
      for (const each of [name, twinOf(name)]) if (each !== undefined) byKind.set(each, filter);
    }
  }

  #warn(name: GroupResource, { selectors }: ObjectFilter, field: string): void {
    const { discovery, resources } = this.#context;
    const type = discovery.byName(name);
    const isOut = type !== undefined && resources.scope(type) === 'none';
    if (isOut) this.warnings.push(finding.typeLeftOut(field, name));
    if (name === 'namespaces' && selectors.length > 0) this.warnings.push(finding.namespacesByName(field));
  }
}
