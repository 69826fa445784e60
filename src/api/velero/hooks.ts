import { type Static, Type } from 'typebox';
import { nullable } from '../schema.ts';
import { Duration, LabelSelector, Names } from './meta.ts';

export const HookErrorMode = Type.Union([Type.Literal('Continue'), Type.Literal('Fail')]);
export type HookErrorMode = Static<typeof HookErrorMode>;

const closed = { additionalProperties: false };

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

const BackupHooks = nullable(Type.Array(Type.Object({ exec: ExecHook }, closed)));

/** `spec.hooks.resources[]` of a Backup: which pods, and what to run in them before and after. */
export const BackupResourceHook = Type.Object(
  {
    name: Type.String(),
    includedNamespaces: Names,
    excludedNamespaces: Names,
    includedResources: Names,
    excludedResources: Names,
    labelSelector: nullable(LabelSelector),
    pre: BackupHooks,
    post: BackupHooks,
  },
  closed,
);
export type BackupResourceHook = Static<typeof BackupResourceHook>;

const RestoreExecHook = Type.Object(
  {
    container: Type.Optional(Type.String()),
    command: Type.Array(Type.String(), { minItems: 1 }),
    onError: Type.Optional(HookErrorMode),
    execTimeout: Type.Optional(Duration),
    waitTimeout: Type.Optional(Duration),
    waitForReady: nullable(Type.Boolean()),
  },
  closed,
);

const RestoreInitHook = Type.Object(
  { initContainers: nullable(Type.Array(Type.Unknown())), timeout: Type.Optional(Duration) },
  closed,
);

/** `spec.hooks.resources[]` of a Restore. */
export const RestoreResourceHook = Type.Object(
  {
    name: Type.String(),
    includedNamespaces: Names,
    excludedNamespaces: Names,
    includedResources: Names,
    excludedResources: Names,
    labelSelector: nullable(LabelSelector),
    postHooks: nullable(
      Type.Array(Type.Object({ exec: nullable(RestoreExecHook), init: nullable(RestoreInitHook) }, closed)),
    ),
  },
  closed,
);
