import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import type { GroupResource, KubeObject, ResourceType } from '#kube/objects.ts';
import type { Changes } from './changes/changes.ts';
import type { HookRules } from './hooks/hook.ts';
import type { RegistryMove } from './registry/registry.ts';

/** One object of a backup that is to be restored. */
export interface Item {
  /** Its type as the cluster serves it. */
  readonly type: ResourceType;
  /** As the backup holds it. */
  readonly object: KubeObject;
  readonly facts: Facts;
}

/** What was found out beside the object itself, where its kind needs it: see `facts.ts`. */
export interface Facts {
  /** An object of the backup, restored as well, whose controller makes this one again. */
  readonly maker?: KubeObject | undefined;
  /** For Endpoints: the Service of their name in the backup. */
  readonly service?: KubeObject | undefined;
  /** For a claim: the volume that it names, as it is in the cluster now. */
  readonly volume?: KubeObject | undefined;
  /** For a volume: the claim that it is bound to, as it is in the cluster now. */
  readonly claim?: KubeObject | undefined;
  /** For a CustomResourceDefinition that was not asked for by itself: the cluster has its type. */
  readonly served?: boolean | undefined;
  /** For volumes and claims: what the backup says of their data. */
  readonly volumeInfo?: VolumeInfo | undefined;
  /** A storage class that it is to be given and that the cluster does not have. */
  readonly missingClass?: string | undefined;
}

/** What a decision depends on beside the item: the same for the whole restore. Plain data but for the functions. */
export interface Context {
  readonly restoreName: string;
  readonly backupName: string;
  readonly existing: 'none' | 'update';
  readonly preserveNodePorts: boolean;
  /** Where a namespace of the backup goes; its argument for one that stays. */
  readonly mapNamespace: (namespace: string) => string;
  /** The cluster is an OpenShift one. */
  readonly openshift: boolean;
  /** Where images of OpenShift's internal registry are here; `undefined` on other clusters. */
  readonly registry?: RegistryMove | undefined;
  readonly changes: Changes;
  readonly hooks: HookRules;
  /** Whether objects of a type are to be given the status that the backup holds. */
  readonly restoresStatus: (resource: GroupResource) => boolean;
}
