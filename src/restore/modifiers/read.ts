import { parse as parseYaml } from 'yaml';
import { decode } from '#api/schema.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { compileGlob, globProblem } from '#foundation/glob.ts';
import type { KubeObject } from '#kube/objects.ts';
import { fromLabelSelector, type Selector } from '#kube/selectors.ts';
import { groupResourceGlob } from './group-resource-glob.ts';
import { isMap } from './json.ts';
import { valueProblem } from './json-patch.ts';
import { type JsonPatchStep, ResourceModifiers, type Rule } from './schema.ts';

/** What a rule changes: exactly one family of patches. */
export type RulePatches =
  | { readonly family: 'json'; readonly steps: readonly JsonPatchStep[] }
  | {
      readonly family: 'merge' | 'strategic';
      readonly patches: readonly Readonly<Record<string, unknown>>[];
    };

/** A rule of a resource modifier, its conditions compiled. */
export interface ModifierRule {
  /** Where it stands in its document, from 1. */
  readonly number: number;
  readonly inNamespace: (namespace: string) => boolean;
  readonly groupResource: RegExp;
  readonly name: RegExp | undefined;
  readonly selector: Selector | undefined;
  readonly matches: readonly JsonPatchStep[];
  readonly patches: RulePatches;
}

export type ModifiersRead =
  | { readonly rules: readonly ModifierRule[] }
  | { readonly problems: readonly string[] };

/**
 * Reads a resource modifier: a ConfigMap with exactly one key, whose value is YAML. Everything that would only show in
 * the middle of a restore (a pattern, a regular expression, a patch that is no YAML) is a problem here.
 */
export function readModifiers(configMap: KubeObject): ModifiersRead {
  const documents = isMap(configMap['data']) ? Object.values(configMap['data']) : [];
  const [text] = documents;
  if (documents.length !== 1 || typeof text !== 'string') {
    return { problems: ['the ConfigMap must hold exactly one key'] };
  }
  try {
    const document = decode(
      ResourceModifiers,
      parseYaml(text, { maxAliasCount: 100 }),
      configMap.metadata.name,
    );
    return compileAll(document.resourceModifierRules);
  } catch (thrown) {
    return { problems: [isHozonError(thrown) ? thrown.message : describeThrown(thrown)] };
  }
}

function compileAll(rules: readonly Rule[]): ModifiersRead {
  const compiled: ModifierRule[] = [];
  const problems: string[] = [];
  for (const [index, rule] of rules.entries()) {
    try {
      compiled.push(compileRule(rule, index + 1));
    } catch (thrown) {
      problems.push(`resourceModifierRules[${index}]: ${describeThrown(thrown)}`);
    }
  }
  return problems.length > 0 ? { problems } : { rules: compiled };
}

function compileRule(rule: Rule, number: number): ModifierRule {
  const { namespaces = [], groupResource, resourceNameRegex, labelSelector, matches = [] } = rule.conditions;
  const glob = groupResourceGlob(groupResource);
  if (glob === undefined) throw new Error(`conditions.groupResource: ${groupResource} is not a pattern`);
  const isUnset = resourceNameRegex === undefined || resourceNameRegex === '';
  return {
    number,
    inNamespace: anyOf(namespaces),
    groupResource: glob,
    name: isUnset ? undefined : goRegExp(resourceNameRegex),
    selector: labelSelector === undefined ? undefined : fromLabelSelector(labelSelector),
    matches: matches.map(({ path, value = '' }) => ({ operation: 'test', path, value })),
    patches: patchesOf(rule),
  };
}

function anyOf(namespaces: readonly string[]): (namespace: string) => boolean {
  const bad = namespaces.find(each => globProblem(each) !== undefined);
  if (bad !== undefined) throw new Error(`conditions.namespaces: ${bad} is not a pattern`);
  const globs = namespaces.map(compileGlob);
  return namespace => globs.length === 0 || globs.some(matches => matches(namespace));
}

/** Go's flags at the beginning, `(?i)`, are JavaScript's flags; other differences of the two are not bridged. */
function goRegExp(source: string): RegExp {
  const [prefix = '', flags = ''] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  return new RegExp(source.slice(prefix.length), `u${flags}`);
}

function patchesOf({ patches = [], mergePatches = [], strategicPatches = [] }: Rule): RulePatches {
  const given = [patches, mergePatches, strategicPatches].filter(each => each.length > 0);
  if (given.length !== 1) {
    throw new Error('exactly one of patches, mergePatches and strategicPatches must be given');
  }
  if (patches.length > 0) return { family: 'json', steps: checkedSteps(patches) };
  return mergePatches.length > 0
    ? { family: 'merge', patches: mergePatches.map(each => patchData(each.patchData)) }
    : { family: 'strategic', patches: strategicPatches.map(each => patchData(each.patchData)) };
}

/** Those of RFC 6902; Velero takes them in capitals, too. */
const operations: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

function checkedSteps(steps: readonly JsonPatchStep[]): readonly JsonPatchStep[] {
  for (const { path, from, operation, value = '' } of steps) {
    const problem = valueProblem(value);
    if (!operations.has(operation.toLowerCase())) {
      throw new Error(`operation ${JSON.stringify(operation)} is none of ${[...operations].join(', ')}`);
    }
    if (!path.startsWith('/')) throw new Error(`${path} is not a JSON pointer: it must begin with /`);
    if (problem !== undefined) throw new Error(`the value for ${path} is no JSON: ${problem}`);
    const needsFrom = /^(move|copy)$/i.test(operation);
    if (needsFrom && from?.startsWith('/') !== true) throw new Error(`${operation} to ${path} needs a from`);
  }
  return steps;
}

function patchData(text: string): Readonly<Record<string, unknown>> {
  const patch: unknown = parseYaml(text, { maxAliasCount: 100 });
  if (!isMap(patch)) throw new Error('patchData must be a map');
  return patch;
}
