import { type Static, Type } from 'typebox';
import { lenient, nullable, omittable } from '../schema.ts';
import { RestoreResourceHook } from './hooks.ts';
import {
  closed,
  Duration,
  LabelSelector,
  Metadata,
  Names,
  nullableBoolean,
  Phase,
  StringMap,
  Timestamp,
  TypedReference,
} from './meta.ts';

/** velero.io/v1 RestoreSpec, as served by Velero 1.18. */
export const RestoreSpec = Type.Object(
  {
    backupName: Type.Optional(Type.String()),
    scheduleName: Type.Optional(Type.String()),
    includedNamespaces: Names,
    excludedNamespaces: Names,
    includedResources: Names,
    excludedResources: Names,
    namespaceMapping: omittable(StringMap),
    labelSelector: nullable(LabelSelector),
    orLabelSelectors: nullable(Type.Array(LabelSelector)),
    restorePVs: nullableBoolean,
    restoreStatus: nullable(Type.Object({ includedResources: Names, excludedResources: Names })),
    preserveNodePorts: nullableBoolean,
    includeClusterResources: nullableBoolean,
    hooks: Type.Optional(Type.Object({ resources: omittable(Type.Array(RestoreResourceHook)) }, closed)),
    existingResourcePolicy: nullable(
      Type.Union([Type.Literal(''), Type.Literal('none'), Type.Literal('update')], {
        crd: { type: 'string' },
      }),
    ),
    itemOperationTimeout: Type.Optional(Duration),
    resourceModifier: nullable(TypedReference),
    resourcePolicy: nullable(TypedReference),
    uploaderConfig: nullable(
      Type.Object({
        writeSparseFiles: nullableBoolean,
        parallelFilesDownload: Type.Optional(Type.Integer()),
      }),
    ),
  },
  closed,
);
export type RestoreSpec = Static<typeof RestoreSpec>;

export const restorePhases = [
  'New',
  'FailedValidation',
  'InProgress',
  'WaitingForPluginOperations',
  'WaitingForPluginOperationsPartiallyFailed',
  'Completed',
  'PartiallyFailed',
  'Failed',
  'Finalizing',
  'FinalizingPartiallyFailed',
] as const;
export type RestorePhase = (typeof restorePhases)[number];

const count = Type.Optional(Type.Integer());

export const RestoreStatus = Type.Object({
  phase: Phase(restorePhases),
  validationErrors: Names,
  warnings: count,
  errors: count,
  failureReason: Type.Optional(Type.String()),
  startTimestamp: Timestamp,
  completionTimestamp: Timestamp,
  progress: nullable(Type.Object({ totalItems: count, itemsRestored: count })),
  restoreItemOperationsAttempted: count,
  restoreItemOperationsCompleted: count,
  restoreItemOperationsFailed: count,
  hookStatus: nullable(Type.Object({ hooksAttempted: count, hooksFailed: count })),
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

/** As {@link Restore}, but as other versions may have stored it: unknown fields are carried along. */
export const StoredRestore = lenient(Restore);
