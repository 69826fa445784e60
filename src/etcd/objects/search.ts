import { type FieldChange, formatPath, type Step } from '#kube/diff/changes.ts';
import { isSecret, withoutSecrets } from '#kube/diff/hidden.ts';
import { isFields } from '#kube/fields.ts';
import { type GroupResource, groupResource, type KubeObject } from '#kube/objects.ts';
import type { ObjectInSnapshot } from './snapshot-reader.ts';

/** What is looked for in objects. */
export interface SearchRequest {
  /** Whether a value, as text, is what is looked for. */
  readonly isMatch: (text: string) => boolean;
  /** Only values at or below this path: `spec.replicas`, `metadata.labels`, `spec.containers[0]`. */
  readonly field?: string | undefined;
}

/** A value that was found. Plain JSON. */
export interface Match {
  readonly type: GroupResource;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Of the change that wrote the object. */
  readonly revision: number;
  /** Where it is in the object: `spec.template.spec.containers[0].image`. */
  readonly field: string;
  /** Of what a Secret keeps it is only told that it is there. */
  readonly value: unknown;
  /** The key in etcd. */
  readonly key: string;
}

/**
 * The values in objects that are what is looked for, in the order of the objects. In Secrets it is the text that counts, not its
 * base64. Who wrote which field is not looked at, unless `field` names it.
 */
export async function* search(
  objects: AsyncIterable<ObjectInSnapshot>,
  request: SearchRequest,
): AsyncGenerator<Match> {
  for await (const found of objects) yield* matchesIn(found, request);
}

function* matchesIn(
  { type, object, keyValue, path }: ObjectInSnapshot,
  request: SearchRequest,
): Generator<Match> {
  const { namespace, name } = object.metadata;
  for (const [steps, value] of leavesOf([], object)) {
    const field = formatPath(steps);
    if (!isBelow(field, request.field) || !request.isMatch(textOf(object, steps, value))) continue;
    const [shown] = withoutSecrets(object, [{ path: steps, after: value } satisfies FieldChange]);
    yield {
      type: groupResource(type),
      ...(namespace === undefined ? {} : { namespace }),
      name,
      revision: keyValue.modRevision,
      field,
      value: shown?.after,
      key: path,
    };
  }
}

function* leavesOf(path: readonly Step[], value: unknown): Generator<[readonly Step[], unknown]> {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* leavesOf([...path, index], each);
  } else if (isFields(value)) {
    for (const [name, each] of Object.entries(value)) yield* leavesOf([...path, name], each);
  } else if (value !== null && value !== undefined) yield [path, value];
}

function isBelow(field: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return !field.startsWith('metadata.managedFields[');
  return field === wanted || (field.startsWith(wanted) && /^[.[]/.test(field.slice(wanted.length)));
}

function textOf(object: KubeObject, [first]: readonly Step[], value: unknown): string {
  const isEncoded = first === 'data' && typeof value === 'string' && isSecret(object);
  return isEncoded ? Buffer.from(value, 'base64').toString() : String(value);
}
