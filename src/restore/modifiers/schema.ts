import { type Static, Type } from 'typebox';
import { LabelSelector } from '#api/velero/meta.ts';

const closed = { additionalProperties: false } as const;
const names = Type.Optional(Type.Array(Type.String()));

/** One step of a JSON patch, every value a string. */
export const JsonPatchStep = Type.Object(
  {
    operation: Type.String(),
    from: Type.Optional(Type.String()),
    path: Type.String({ minLength: 1 }),
    value: Type.Optional(Type.String()),
  },
  closed,
);
export type JsonPatchStep = Static<typeof JsonPatchStep>;

const PatchData = Type.Object({ patchData: Type.String({ minLength: 1 }) }, closed);

export const Conditions = Type.Object(
  {
    namespaces: names,
    groupResource: Type.String({ minLength: 1 }),
    resourceNameRegex: Type.Optional(Type.String()),
    labelSelector: Type.Optional(LabelSelector),
    matches: Type.Optional(
      Type.Array(
        Type.Object({ path: Type.String({ minLength: 1 }), value: Type.Optional(Type.String()) }, closed),
      ),
    ),
  },
  closed,
);

export const Rule = Type.Object(
  {
    conditions: Conditions,
    patches: Type.Optional(Type.Array(JsonPatchStep)),
    mergePatches: Type.Optional(Type.Array(PatchData)),
    strategicPatches: Type.Optional(Type.Array(PatchData)),
  },
  closed,
);
export type Rule = Static<typeof Rule>;

/** The document of a resource modifier ConfigMap, as Velero 1.18 reads it; unknown fields are an error there too. */
export const ResourceModifiers = Type.Object(
  {
    version: Type.String({ pattern: '^[vV]1$' }),
    resourceModifierRules: Type.Array(Rule, { minItems: 1 }),
  },
  closed,
);
export type ResourceModifiers = Static<typeof ResourceModifiers>;
