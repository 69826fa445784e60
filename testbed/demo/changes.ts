import { isFields, valueAt } from '#kube/fields.ts';

/** One place at which two JSON values differ. A side on which nothing is there has `undefined`. */
export interface Change {
  /** `spec`, `containers`, `[web]`, `image`: an element of a list in brackets, by what it is known by, else its number. */
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Every leaf at which two JSON values differ. Elements of a list are compared with those of the same name (mount path,
 * type …) where each has one of its own, so that an element put in front does not make all others differ; otherwise
 * by their place. That they came in another order is a change of its own, at `[order]`.
 */
export function changesBetween(before: unknown, after: unknown, path: readonly string[] = []): Change[] {
  if (before === after) return [];
  const pairs = elementsOf(before, after) ?? fieldsOf(before, after);
  if (pairs === undefined || pairs.length === 0) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  }
  const below = pairs.flatMap(([step, left, right]) => changesBetween(left, right, [...path, step]));
  return below.length === 0 && (before === undefined || after === undefined)
    ? [{ path, before, after }]
    : below;
}

/** `spec.containers[web].image`. Steps with dots of their own are quoted: `metadata.labels["velero.io/backup-name"]`. */
export function formatPath(path: readonly string[]): string {
  const step = (text: string, index: number): string => {
    if (text.startsWith('[')) return text;
    if (/[./]/.test(text)) return `["${text}"]`;
    return index === 0 ? text : `.${text}`;
  };
  return path.map(step).join('');
}

type Pair = readonly [step: string, before: unknown, after: unknown];

function fieldsOf(before: unknown, after: unknown): Pair[] | undefined {
  const left = isFields(before) ? before : undefined;
  const right = isFields(after) ? after : undefined;
  if (left === undefined && right === undefined) return undefined;
  if ((left === undefined && before !== undefined) || (right === undefined && after !== undefined))
    return undefined;
  const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  return [...names].map(name => [name, valueAt(left, name), valueAt(right, name)]);
}

function elementsOf(before: unknown, after: unknown): Pair[] | undefined {
  const left = listOf(before);
  const right = listOf(after);
  if (left === undefined || right === undefined || (before === undefined && after === undefined))
    return undefined;
  const field = identities.find(each => tells(left, each) && tells(right, each));
  const known = (list: readonly unknown[]): Map<string, unknown> =>
    new Map(
      list.map((element, index) => [
        field === undefined ? String(index) : String((element as Record<string, unknown>)[field]),
        element,
      ]),
    );
  const [ours, theirs] = [known(left), known(right)];
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  const elements = [...names].map((name): Pair => [`[${name}]`, ours.get(name), theirs.get(name)]);
  const common = [ours, theirs].map(side =>
    [...side.keys()].filter(name => ours.has(name) && theirs.has(name)),
  );
  const [orderBefore, orderAfter] = common.map(names => names.join(', '));
  return [...elements, ['[order]', orderBefore, orderAfter]];
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : undefined;
}

/** What elements of Kubernetes' lists are known by, the strictest first. */
const identities = ['mountPath', 'name', 'containerPort', 'port', 'type', 'key', 'ip'];

function tells(list: readonly unknown[], field: string): boolean {
  const values = list.map(element => (isFields(element) ? element[field] : undefined));
  return (
    values.every(value => typeof value === 'string' || typeof value === 'number') &&
    new Set(values).size === values.length
  );
}
