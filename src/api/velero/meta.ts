import { type Static, Type } from 'typebox';
import { nullable, omittable } from '../schema.ts';

export const closed = { additionalProperties: false } as const;
const atomicMap = { 'x-kubernetes-map-type': 'atomic' } as const;
const atomicList = { 'x-kubernetes-list-type': 'atomic' } as const;

export const StringMap = Type.Record(Type.String(), Type.String());

/** The parts of ObjectMeta that Hozon reads or writes on Velero's objects; others are carried along. */
export const Metadata = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    namespace: Type.Optional(Type.String()),
    uid: Type.Optional(Type.String()),
    resourceVersion: Type.Optional(Type.String()),
    generation: Type.Optional(Type.Integer()),
    creationTimestamp: nullable(Type.String()),
    labels: nullable(StringMap),
    annotations: nullable(StringMap),
  },
  { crd: { type: 'object' } },
);

/** metav1.LabelSelector. */
export const LabelSelector = Type.Object(
  {
    matchLabels: omittable(StringMap),
    matchExpressions: omittable(
      Type.Array(
        Type.Object({
          key: Type.String(),
          operator: Type.Union(
            [Type.Literal('In'), Type.Literal('NotIn'), Type.Literal('Exists'), Type.Literal('DoesNotExist')],
            { crd: { type: 'string' } },
          ),
          values: omittable(Type.Array(Type.String(), atomicList)),
        }),
        atomicList,
      ),
    ),
  },
  { ...closed, ...atomicMap },
);
export type LabelSelector = Static<typeof LabelSelector>;

/** core/v1 TypedLocalObjectReference: an object of the same namespace. */
export const TypedReference = Type.Object(
  { apiGroup: omittable(Type.String()), kind: Type.String(), name: Type.String() },
  atomicMap,
);

/** core/v1 SecretKeySelector: one key of a Secret of the same namespace. */
export const SecretKey = Type.Object(
  {
    key: Type.String(),
    name: Type.Optional(Type.String({ default: '' })),
    optional: omittable(Type.Boolean()),
  },
  atomicMap,
);

/** A Go duration, such as `720h0m0s`. */
export const Duration = Type.String({ pattern: '^[+-]?([0-9.]+(ns|us|µs|ms|s|m|h))+$|^0$' });

/** RFC 3339, or null while there is none. */
export const Timestamp = nullable(Type.String({ crd: { type: 'string', format: 'date-time' } }));

/** A list that Velero's API calls nullable. */
export const Names = nullable(Type.Array(Type.String()));

export const nullableBoolean = nullable(Type.Boolean());

/** A phase: the CRD names the ones that this version knows, another version's are carried along. */
export function Phase(phases: readonly string[]) {
  return Type.Optional(Type.String({ crd: { type: 'string', enum: phases } }));
}
