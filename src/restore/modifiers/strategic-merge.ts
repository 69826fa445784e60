import { isDeepStrictEqual } from 'node:util';
import { fieldOf, isMap, type JsonMap } from './json.ts';
import { type MergeRule, mergeRule } from './merge-keys.ts';

/**
 * Kubernetes' strategic merge patch, as k8s.io/apimachinery's `strategicpatch` and so the API server applies it: lists
 * that have a merge key are merged element by element; `$patch`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…` are its directives. For built-in types only. Neither argument is changed.
 *
 * @throws {Error} whose message says what is wrong with the patch.
 */
export function applyStrategicMerge(kind: string, target: JsonMap, patch: JsonMap): JsonMap {
  return mergeMaps(structuredClone(target), structuredClone(patch), [kind]);
}

type Path = readonly string[];

const directive = '$patch';
const retainKeys = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletionPrefix = '$deleteFromPrimitiveList/';

function mergeMaps(target: JsonMap, patch: JsonMap, path: Path): JsonMap {
  const whole = fieldOf(patch, directive);
  if (whole === 'replace') return withoutField(patch, directive);
  if (whole === 'delete') return {};
  if (whole !== undefined) throw new Error(`${path.join('.')}: unknown $patch directive`);
  const result = new Map(Object.entries(retained(target, patch, path)));
  for (const [name, value] of Object.entries(patch)) {
    if (name === retainKeys || name.startsWith(orderPrefix)) continue;
    if (name.startsWith(deletionPrefix)) removeScalars(result, name.slice(deletionPrefix.length), value);
    else mergeField(result, name, value, [...path, name]);
  }
  reorder(result, target, patch, path);
  return Object.fromEntries(result);
}

function mergeField(result: Map<string, unknown>, name: string, value: unknown, path: Path): void {
  if (value === null) {
    result.delete(name);
    return;
  }
  const before = result.get(name);
  const merged = isMergeable(before, value) ? mergeValues(before, value, path) : plain(value);
  if (merged === undefined) result.delete(name);
  else result.set(name, merged);
}

function isMergeable(before: unknown, value: unknown): boolean {
  return (isMap(before) && isMap(value)) || (Array.isArray(before) && Array.isArray(value));
}

function mergeValues(before: unknown, value: unknown, path: Path): unknown {
  const rule = mergeRule(path);
  if (isMap(before) && isMap(value)) {
    return rule?.strategy === 'replace' ? value : mergeMaps(before, value, path);
  }
  if (rule?.strategy !== 'merge') return value;
  return mergeLists(before as unknown[], value as unknown[], { rule, path });
}

interface ListContext {
  readonly rule: MergeRule;
  readonly path: Path;
}

function mergeLists(before: readonly unknown[], patch: readonly unknown[], context: ListContext): unknown[] {
  const { key } = context.rule;
  if (key === undefined) {
    const scalars = [...new Set([...before, ...patch])];
    return ordered(scalars, patch, before, undefined);
  }
  const elements = patch.map(each => elementOf(each, context));
  const ordinary = elements.filter(each => fieldOf(each, directive) === undefined);
  if (elements.some(each => fieldOf(each, directive) === 'replace')) return ordinary;
  const kept = before.filter(each => !elements.some(other => isDeletionOf(other, each, context)));
  const merged = mergeElements(kept, ordinary, context);
  return ordered(merged, ordinary, kept, key);
}

function elementOf(value: unknown, { rule, path }: ListContext): JsonMap {
  if (!isMap(value)) throw new Error(`${path.join('.')}: every element must be a map`);
  const special = fieldOf(value, directive);
  if (special === 'replace') return value;
  if (special !== undefined && special !== 'delete') {
    throw new Error(`${path.join('.')}: unknown $patch directive`);
  }
  if (fieldOf(value, rule.key ?? '') === undefined) {
    throw new Error(`${path.join('.')}: an element lacks its merge key ${rule.key}`);
  }
  return value;
}

function isDeletionOf(element: JsonMap, candidate: unknown, { rule: { key = '' } }: ListContext): boolean {
  if (fieldOf(element, directive) !== 'delete' || !isMap(candidate)) return false;
  return isDeepStrictEqual(fieldOf(element, key), fieldOf(candidate, key));
}

function mergeElements(kept: readonly unknown[], patch: readonly JsonMap[], context: ListContext): unknown[] {
  const { key = '' } = context.rule;
  const merged = [...kept];
  for (const element of patch) {
    const at = merged.findIndex(each => isMap(each) && isDeepStrictEqual(each[key], element[key]));
    const existing = merged[at];
    if (isMap(existing)) merged[at] = mergeMaps(existing, element, context.path);
    else merged.push(plain(element));
  }
  return merged;
}

/**
 * Elements of the patch keep the patch's order, the others the order they had; where both orders say nothing of two
 * elements, the patch's comes first.
 */
function ordered(
  elements: readonly unknown[],
  patchOrder: readonly unknown[],
  oldOrder: readonly unknown[],
  key: string | undefined,
): unknown[] {
  const position = (list: readonly unknown[], element: unknown) =>
    list.findIndex(each => isDeepStrictEqual(identity(each, key), identity(element, key)));
  const byOrder = (list: readonly unknown[]) => (a: unknown, b: unknown) =>
    position(list, a) - position(list, b);
  const patched = elements.filter(each => position(patchOrder, each) >= 0).toSorted(byOrder(patchOrder));
  const others = elements.filter(each => position(patchOrder, each) < 0).toSorted(byOrder(oldOrder));
  const result: unknown[] = [];
  while (patched.length > 0 && others.length > 0) {
    const [left, right] = [position(oldOrder, others[0]), position(oldOrder, patched[0])];
    const next = left >= 0 && right >= 0 && left < right ? others : patched;
    result.push(next.shift());
  }
  return [...result, ...patched, ...others];
}

function identity(element: unknown, key: string | undefined): unknown {
  return key !== undefined && isMap(element) ? fieldOf(element, key) : element;
}

/** `$retainKeys`: every field of the target that it does not name is dropped. */
function retained(target: JsonMap, patch: JsonMap, path: Path): JsonMap {
  const names = fieldOf(patch, retainKeys);
  if (names === undefined) return target;
  if (!Array.isArray(names)) throw new Error(`${path.join('.')}: $retainKeys must be a list`);
  const foreign = Object.entries(patch).find(
    ([name, value]) => value !== null && !name.startsWith('$') && !names.includes(name),
  );
  if (foreign !== undefined) throw new Error(`${path.join('.')}: $retainKeys does not name ${foreign[0]}`);
  return Object.fromEntries(Object.entries(target).filter(([name]) => names.includes(name)));
}

function removeScalars(result: Map<string, unknown>, name: string, removed: unknown): void {
  const list = result.get(name);
  if (!Array.isArray(list) || !Array.isArray(removed)) return;
  result.set(
    name,
    list.filter(each => !removed.includes(each)),
  );
}

/** `$setElementOrder/LIST`: the order of the list's elements, by merge key or by value. */
function reorder(result: Map<string, unknown>, target: JsonMap, patch: JsonMap, path: Path): void {
  for (const [directiveName, order] of Object.entries(patch)) {
    if (!directiveName.startsWith(orderPrefix)) continue;
    const name = directiveName.slice(orderPrefix.length);
    const list = result.get(name);
    const old = fieldOf(target, name);
    if (!Array.isArray(order)) throw new Error(`${path.join('.')}: ${directiveName} must be a list`);
    if (!Array.isArray(list)) continue;
    result.set(name, ordered(list, order, Array.isArray(old) ? old : [], mergeRule([...path, name])?.key));
  }
}

function withoutField(map: JsonMap, name: string): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([each]) => each !== name));
}

/**
 * A value of the patch that has nothing to be merged with: its directives are carried out, nulls in maps name fields
 * that are not there. `undefined` where nothing is left because it asks for its own deletion.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain).filter(each => each !== undefined);
  if (!isMap(value)) return value;
  if (fieldOf(value, directive) === 'delete') return undefined;
  const fields = Object.entries(value)
    .filter(([name, field]) => field !== null && !isDirective(name))
    .map(([name, field]) => [name, plain(field)] as const)
    .filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields);
}

function isDirective(name: string): boolean {
  return (
    name === directive ||
    name === retainKeys ||
    name.startsWith(orderPrefix) ||
    name.startsWith(deletionPrefix)
  );
}
