import { applyPatch, type Operation } from 'rfc6902';
import { textAt } from '#kube/fields.ts';
import type { JsonPatchStep } from './schema.ts';

/** What became of a patch: the changed object; `test-failed` where a test did not hold; or why it does not apply. */
export type JsonPatchResult<T> =
  | { readonly outcome: 'patched'; readonly object: T }
  | { readonly outcome: 'test-failed' }
  | { readonly outcome: 'missing'; readonly path: string }
  | { readonly outcome: 'invalid'; readonly problem: string };

/** Applies the steps in order, all or none (RFC 6902). The object is not changed. */
export function applyJsonPatch<T>(object: T, steps: readonly JsonPatchStep[]): JsonPatchResult<T> {
  const copy = structuredClone(object);
  let errors: readonly (Error | null)[];
  try {
    errors = applyPatch(copy, steps.map(operationOf));
  } catch (thrown) {
    return { outcome: 'invalid', problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  const first = errors.find(each => each !== null);
  if (first === null || first === undefined) return { outcome: 'patched', object: copy };
  if (first.name === 'TestError') return { outcome: 'test-failed' };
  if (first.name === 'MissingError') return { outcome: 'missing', path: textAt(first, 'path') ?? '' };
  return { outcome: 'invalid', problem: first.message };
}

function operationOf({ operation, path, from, value }: JsonPatchStep): Operation {
  return { op: operation.toLowerCase(), path, from: from ?? '', value: typedValue(value ?? '') } as Operation;
}

/**
 * A value as Velero types it, because its field is a string: `null`, `true`, `false`, numbers and JSON maps and lists
 * stand for themselves; in double quotes, and as anything else, it is a string.
 */
export function typedValue(text: string): unknown {
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1);
  if (text === 'null') return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^[{[]/.test(text) || isNumber(text)) return parsed(text);
  return text;
}

function isNumber(text: string): boolean {
  return text.trim() === text && text !== '' && Number.isFinite(Number(text)) && !/^[+-]?0[xob]/i.test(text);
}

/** Text that only looks like JSON stays text; {@link valueProblem} finds it before a restore begins. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Why a value cannot be what it looks like: a map or a list that is no JSON. */
export function valueProblem(text: string): string | undefined {
  if (!/^[{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
