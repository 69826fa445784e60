import { type Static, Type } from 'typebox';
import { nullable } from '../schema.ts';

export const StringMap = Type.Record(Type.String(), Type.String());

/** The parts of ObjectMeta that Hozon reads or writes on Velero's objects; others are carried along. */
export const Metadata = Type.Object({
  name: Type.String({ minLength: 1 }),
  namespace: Type.Optional(Type.String()),
  uid: Type.Optional(Type.String()),
  resourceVersion: Type.Optional(Type.String()),
  generation: Type.Optional(Type.Integer()),
  creationTimestamp: nullable(Type.String()),
  labels: nullable(StringMap),
  annotations: nullable(StringMap),
});

/** metav1.LabelSelector. */
export const LabelSelector = Type.Object(
  {
    matchLabels: nullable(StringMap),
    matchExpressions: nullable(
      Type.Array(
        Type.Object({
          key: Type.String(),
          operator: Type.Union([
            Type.Literal('In'),
            Type.Literal('NotIn'),
            Type.Literal('Exists'),
            Type.Literal('DoesNotExist'),
          ]),
          values: nullable(Type.Array(Type.String())),
        }),
      ),
    ),
  },
  { additionalProperties: false },
);
export type LabelSelector = Static<typeof LabelSelector>;

/** A Go duration, such as `720h0m0s`. */
export const Duration = Type.String({ pattern: '^[+-]?([0-9.]+(ns|us|µs|ms|s|m|h))+$|^0$' });

/** A list that Velero's API calls nullable. */
export const Names = nullable(Type.Array(Type.String()));
