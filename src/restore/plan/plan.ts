import type { Restore } from '#api/velero/restore.ts';
import type { ChangeData } from '#kube/diff/changes.ts';
import type { GroupResource } from '#kube/objects.ts';
import type { Note } from '../notes.ts';
import type { PlanFinding } from './findings.ts';
import type { PlanReason } from './reasons.ts';

/**
 * What becomes of an object. `merge`: it keeps what it has and is given what it lacks. `conflict`: it cannot become
 * what the backup holds, and stays as it is, or away.
 */
export const planActions = ['create', 'update', 'merge', 'skip', 'conflict'] as const;
export type PlanAction = (typeof planActions)[number];

/** One object of the backup, and what a restore does about it. Plain JSON; nothing of what Secrets hold is in it. */
export interface PlannedItem {
  readonly resource: GroupResource;
  /** As the cluster serves it; as the backup has it where the cluster does not. */
  readonly apiVersion: string;
  readonly kind: string;
  /** As it is called in the cluster. */
  readonly namespace?: string;
  readonly name: string;
  /** Its namespace in the backup, where that is another. */
  readonly from?: string;
  readonly action: PlanAction;
  readonly reason: PlanReason;
  /** What makes it again, where that is the reason: `Job nightly`. */
  readonly by?: string;
  /** The numbers of the resource modifier's rules that change it. */
  readonly modifiers?: readonly number[];
  /** What changes in the object of the cluster, or, for a conflict, differs in it from the backup. */
  readonly changes?: readonly ChangeData[];
  readonly notes?: readonly Note[];
  /** A pod in which commands may be run once it is there. */
  readonly runsHooks?: boolean;
  /** An object to be created whose fields belong to somebody who applies them, and will again. */
  readonly keepsOwners?: boolean;
  /** Of the object of the cluster that was looked at. */
  readonly resourceVersion?: string;
  /** Tells this decision from any other about this object. */
  readonly digest: string;
}

export interface PlanAsks {
  /**
   * OpenShift's image configuration, and in these namespaces, of those that there are, its shared image streams and the
   * services of its registry; absent where the cluster has no image streams.
   */
  readonly registryIn?: readonly string[];
  /** The pull secrets that an internal registry gives service accounts. */
  readonly pullSecrets: boolean;
  /** The storage classes that a ConfigMap of the Velero namespace puts in the place of others. */
  readonly storageClasses: boolean;
}

/** What a restore will do, found out without touching anything. Plain JSON: it can be saved, reviewed and performed. */
export interface RestorePlan {
  readonly kind: 'RestorePlan';
  readonly version: 1;
  /** What is asked for. */
  readonly restore: Restore;
  readonly backup: { readonly name: string; readonly digest: string };
  /** The API server that was looked at, for messages. */
  readonly server: string;
  /** In the order of the restore, those last that no filter lets through. */
  readonly items: readonly PlannedItem[];
  /** What the restore would find missing or in its way. */
  readonly findings: readonly PlanFinding[];
  /** What of the cluster the restore will ask for besides the objects. */
  readonly asks: PlanAsks;
  /** About the restore as a whole. */
  readonly notes: readonly Note[];
}
