import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { apiErrors } from './errors.ts';

/** At most this many problems are named: the first ones are what a person mends first. */
const problemLimit = 10;

/**
 * The value as the schema's type, or an `api.invalid` error that names each field that is wrong, as
 * `spec.ttl: must be string`. Nothing is coerced and no default is filled in.
 */
export function decode<T extends TSchema>(schema: T, value: unknown, what: string): Static<T> {
  if (Value.Check(schema, value)) return value;
  const problems = [...Value.Errors(schema, value)].map(
    problem => `${fieldPath(problem.instancePath)}${problem.message}`,
  );
  throw apiErrors.raise.invalid({ what, problems: [...new Set(problems)].slice(0, problemLimit) });
}

/** JSON Pointer → the dotted path that a person reads in YAML. */
function fieldPath(pointer: string): string {
  if (pointer === '') return '';
  const segments = pointer
    .slice(1)
    .split('/')
    .map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  return `${segments.join('.').replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]')}: `;
}

/** A field that may be absent or null, and is `nullable` in the CRD. */
export function nullable<T extends TSchema>(schema: T) {
  return Type.Optional(Type.Union([schema, Type.Null()], { nullable: true }));
}

/** A field that may be absent, or null as Go's JSON writes an empty slice or map; the CRD does not call it nullable. */
export function omittable<T extends TSchema>(schema: T) {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

/**
 * The same schema for what other versions and other writers stored: fields that it does not know are carried along
 * instead of refused, at every depth.
 */
export function lenient<T extends TSchema>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === 'additionalProperties' && value === false ? undefined : value,
  ) as T;
}
