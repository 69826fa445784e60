import { isFields } from '../fields.ts';
import type { ElementKey, FieldChange, Step } from './changes.ts';
import { own } from './same.ts';

/**
 * The value with the changes made that `fieldChanges(value, …)` found: `patched(a, fieldChanges(a, b))` says what `b`
 * says. Changes of another value are a programmer error. Nothing is changed in place.
 */
export function patched(value: unknown, changes: readonly FieldChange[]): unknown {
  return patchedAt(value, changes, 0);
}

function patchedAt(value: unknown, changes: readonly FieldChange[], depth: number): unknown {
  const whole = changes.find(({ path }) => path.length === depth);
  if (whole !== undefined) return whole.after;
  const byStep = Map.groupBy(changes, ({ path }) => idOf(path[depth]));
  if (!Array.isArray(value)) return patchedFields(isFields(value) ? value : {}, byStep, depth);
  const keyed = changes.some(({ path }) => typeof path[depth] === 'object');
  return keyed ? patchedKeyed(value, byStep, depth) : patchedIndexed(value, byStep, depth);
}

type ByStep = ReadonlyMap<string, readonly FieldChange[]>;

function idOf(step: Step | undefined): string {
  return typeof step === 'object' ? `${typeof step.value} ${step.value}` : String(step);
}

function patchedFields(value: Readonly<Record<string, unknown>>, byStep: ByStep, depth: number): unknown {
  const keys = new Set([...Object.keys(value), ...byStep.keys()]);
  const entries = [...keys].map((key): [string, unknown] => {
    const changes = byStep.get(key);
    const before = own(value, key);
    return [key, changes === undefined ? before : patchedAt(before, changes, depth + 1)];
  });
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined));
}

function patchedIndexed(value: readonly unknown[], byStep: ByStep, depth: number): unknown[] {
  const length = Math.max(value.length, ...[...byStep.keys()].map(index => Number(index) + 1));
  return Array.from({ length }, (_, index) => {
    const changes = byStep.get(String(index));
    return changes === undefined ? value[index] : patchedAt(value[index], changes, depth + 1);
  }).filter(element => element !== undefined);
}

function patchedKeyed(value: readonly unknown[], byStep: ByStep, depth: number): unknown[] {
  const by = fieldOf(byStep, depth);
  const kept: unknown[] = value
    .map(element => {
      const key = isFields(element) ? own(element, by) : undefined;
      const changes = byStep.get(idOf({ by, value: key as ElementKey['value'] }));
      return changes === undefined ? element : patchedAt(element, changes, depth + 1);
    })
    .filter(element => element !== undefined);
  const added = [...byStep.values()].flat().filter(({ at }) => at !== undefined);
  const atDepth = added.filter(({ path }) => path.length === depth + 1);
  for (const { at, after } of atDepth.sort((a, b) => (a.at ?? 0) - (b.at ?? 0)))
    kept.splice(at ?? 0, 0, after);
  return kept;
}

/** The field that tells the elements of this list apart; all its changes go by the same. */
function fieldOf(byStep: ByStep, depth: number): string {
  const steps = [...byStep.values()].flat().map(({ path }) => path[depth]);
  const step = steps.find(each => typeof each === 'object');
  if (step === undefined) throw new Error('these changes are of another value');
  return step.by;
}
