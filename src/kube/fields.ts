/**
 * Reading and editing parts of plain JSON whose shape is not known. Nothing here changes what it is given: an
 * edit returns a copy that shares every untouched part, or the same value where there was nothing to edit.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether this is a JSON object (not an array, not null). */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is at `path`, or `undefined` where the way there is not made of objects. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const step of path) {
    if (!isFields(at) || !Object.hasOwn(at, step)) return undefined;
    at = at[step];
  }
  return at;
}

/** The object at `path`; empty where there is none. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = valueAt(value, ...path);
  return isFields(found) ? found : {};
}

/** The text at `path`; `undefined` where there is none or it is not text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The array at `path`; empty where there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/**
 * A copy of `object` in which the value at `path` is what `edit` makes of it; `undefined` removes the field.
 * Where there is nothing at `path`, `edit` is not called and `object` itself is returned.
 */
export function edited<T extends object>(
  object: T,
  path: readonly string[],
  edit: (value: unknown) => unknown,
): T {
  const [first, ...rest] = path;
  if (first === undefined || !isFields(object) || !Object.hasOwn(object, first)) return object;
  const before = object[first];
  const after = rest.length === 0 ? edit(before) : isFields(before) ? edited(before, rest, edit) : before;
  if (after === before) return object;
  if (after !== undefined) return { ...object, [first]: after };
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== first)) as T;
}

/** A copy without the field at `path`. */
export function without<T extends object>(object: T, ...path: readonly string[]): T {
  return edited(object, path, () => undefined);
}

/** A copy in which the array at `path` has every element edited; `undefined` drops the element. */
export function editedEach<T extends object>(
  object: T,
  path: readonly string[],
  edit: (element: unknown) => unknown,
): T {
  return edited(object, path, value => {
    if (!Array.isArray(value)) return value;
    const after = value.map(edit);
    if (after.every((element, index) => element === value[index])) return value;
    return after.filter(element => element !== undefined);
  });
}

/**
 * A copy in which the map at `path` (labels, annotations, secret data) has only the entries that `keep` says.
 * A map that loses its last entry goes with it.
 */
export function filtered<T extends object>(
  object: T,
  path: readonly string[],
  keep: (key: string, value: unknown) => boolean,
): T {
  return edited(object, path, value => {
    if (!isFields(value)) return value;
    const entries = Object.entries(value);
    const kept = entries.filter(([key, entry]) => keep(key, entry));
    if (kept.length === entries.length) return value;
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  });
}
