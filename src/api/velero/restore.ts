import { type Static, Type } from 'typebox';
import { nullable } from '../schema.ts';
import { RestoreResourceHook } from './hooks.ts';
import { Duration, LabelSelector, Metadata, Names, StringMap } from './meta.ts';

const nullableBoolean = nullable(Type.Boolean());

/** velero.io/v1 RestoreSpec, as served by Velero 1.18. */
export const RestoreSpec = Type.Object(
  {
    backupName: Type.Optional(Type.String()),
    scheduleName: Type.Optional(Type.String()),
    includedNamespaces: Names,
    excludedNamespaces: Names,
    includedResources: Names,
    excludedResources: Names,
    namespaceMapping: nullable(StringMap),
    labelSelector: nullable(LabelSelector),
    orLabelSelectors: nullable(Type.Array(LabelSelector)),
    restorePVs: nullableBoolean,
    restoreStatus: nullable(Type.Object({ includedResources: Names, excludedResources: Names })),
    preserveNodePorts: nullableBoolean,
    includeClusterResources: nullableBoolean,
    hooks: Type.Optional(Type.Object({ resources: nullable(Type.Array(RestoreResourceHook)) })),
    existingResourcePolicy: Type.Optional(
      Type.Union([Type.Literal(''), Type.Literal('none'), Type.Literal('update')]),
    ),
    itemOperationTimeout: Type.Optional(Duration),
    resourceModifier: nullable(
      Type.Object({ apiGroup: nullable(Type.String()), kind: Type.String(), name: Type.String() }),
    ),
    uploaderConfig: nullable(
      Type.Object({
        writeSparseFiles: nullableBoolean,
        parallelFilesDownload: Type.Optional(Type.Integer()),
      }),
    ),
  },
  { additionalProperties: false },
);
export type RestoreSpec = Static<typeof RestoreSpec>;

export type RestorePhase =
  | 'New'
  | 'FailedValidation'
  | 'InProgress'
  | 'WaitingForPluginOperations'
  | 'WaitingForPluginOperationsPartiallyFailed'
  | 'Finalizing'
  | 'FinalizingPartiallyFailed'
  | 'Completed'
  | 'PartiallyFailed'
  | 'Failed';

export const RestoreStatus = Type.Object({
  phase: Type.Optional(Type.String()),
  validationErrors: Names,
  warnings: Type.Optional(Type.Integer()),
  errors: Type.Optional(Type.Integer()),
  failureReason: Type.Optional(Type.String()),
  startTimestamp: nullable(Type.String()),
  completionTimestamp: nullable(Type.String()),
  progress: nullable(
    Type.Object({ totalItems: Type.Optional(Type.Integer()), itemsRestored: Type.Optional(Type.Integer()) }),
  ),
});
export type RestoreStatus = Static<typeof RestoreStatus>;

export const Restore = Type.Object({
  apiVersion: Type.Literal('velero.io/v1'),
  kind: Type.Literal('Restore'),
  metadata: Metadata,
  spec: RestoreSpec,
  status: Type.Optional(RestoreStatus),
});
export type Restore = Static<typeof Restore>;
