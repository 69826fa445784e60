import { type Static, Type } from 'typebox';
import { nullable, omittable } from '../schema.ts';
import { closed, Duration, LabelSelector, Names, nullableBoolean } from './meta.ts';

export const HookErrorMode = Type.Union([Type.Literal('Continue'), Type.Literal('Fail')]);
export type HookErrorMode = Static<typeof HookErrorMode>;

export const ExecHook = Type.Object(
  {
    container: Type.Optional(Type.String()),
    command: Type.Array(Type.String(), { minItems: 1 }),
    onError: Type.Optional(HookErrorMode),
    timeout: Type.Optional(Duration),
  },
  closed,
);
export type ExecHook = Static<typeof ExecHook>;

/** Which objects the hooks of one entry are for: Backup's and Restore's alike. */
const scope = {
  name: Type.String(),
  includedNamespaces: Names,
  excludedNamespaces: Names,
  includedResources: Names,
  excludedResources: Names,
  labelSelector: nullable(LabelSelector),
};

const BackupHooks = omittable(Type.Array(Type.Object({ exec: ExecHook }, closed)));

/** `spec.hooks.resources[]` of a Backup: which pods, and what to run in them before and after. */
export const BackupResourceHook = Type.Object({ ...scope, pre: BackupHooks, post: BackupHooks }, closed);
export type BackupResourceHook = Static<typeof BackupResourceHook>;

export const RestoreExecHook = Type.Object(
  {
    container: Type.Optional(Type.String()),
    command: Type.Array(Type.String(), { minItems: 1 }),
    onError: Type.Optional(HookErrorMode),
    execTimeout: Type.Optional(Duration),
    waitTimeout: Type.Optional(Duration),
    waitForReady: nullableBoolean,
  },
  closed,
);
export type RestoreExecHook = Static<typeof RestoreExecHook>;

const anything = { 'x-kubernetes-preserve-unknown-fields': true } as const;

/** Containers are core/v1 Containers, kept as they are written; the API server checks them with the pod. */
export const RestoreInitHook = Type.Object(
  {
    initContainers: omittable(
      Type.Array(Type.Unsafe<unknown>({ type: 'object', ...anything }), { ...anything }),
    ),
    timeout: Type.Optional(Duration),
  },
  closed,
);
export type RestoreInitHook = Static<typeof RestoreInitHook>;

/** `spec.hooks.resources[]` of a Restore. */
export const RestoreResourceHook = Type.Object(
  {
    ...scope,
    postHooks: omittable(
      Type.Array(Type.Object({ exec: omittable(RestoreExecHook), init: omittable(RestoreInitHook) }, closed)),
    ),
  },
  closed,
);
export type RestoreResourceHook = Static<typeof RestoreResourceHook>;
