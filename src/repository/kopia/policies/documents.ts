import { isObject, type Json, type JsonObject } from '../../format/go-json.ts';

/** What is at a path of members; `undefined` where nothing is, or null. */
export function valueAt(document: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return value ?? undefined;
}

/** The document with another value at a path; `undefined` takes the member away, and objects that become empty with it. */
export function withValue(
  document: JsonObject,
  path: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) throw new Error('a path of members is empty');
  const within = document[name];
  const changed = rest.length === 0 ? value : emptied(withValue(isObject(within) ? within : {}, rest, value));
  if (changed !== undefined) return { ...document, [name]: changed };
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== name));
}

function emptied(object: JsonObject): JsonObject | undefined {
  return Object.keys(object).length === 0 ? undefined : object;
}
