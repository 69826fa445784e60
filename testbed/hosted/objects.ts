import type { KubeObject } from '#kube/objects.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export interface EtcdStorage {
  readonly persistentVolume?: { readonly size?: string | number; readonly storageClassName?: string };
  readonly restoreSnapshotURL?: readonly string[];
}

export interface NameOf {
  readonly name: string;
}

/** What the stand-in reads of a HostedCluster and of a HostedControlPlane; the rest of it is passed on as it is. */
export interface ControlPlaneSpec {
  readonly pausedUntil?: string;
  readonly controllerAvailabilityPolicy?: 'HighlyAvailable' | 'SingleReplica';
  readonly etcd?: { readonly managed?: { readonly storage?: EtcdStorage } };
  readonly secretEncryption?: {
    readonly aescbc?: { readonly activeKey?: NameOf; readonly backupKey?: NameOf };
  };
  readonly release?: { readonly image: string };
}

export interface ConditionedStatus {
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

export interface HostedObject extends KubeObject {
  readonly spec: ControlPlaneSpec;
  readonly status?: ConditionedStatus;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: { readonly terminated?: Terminated; readonly waiting?: { readonly reason?: string } };
  readonly lastState?: { readonly terminated?: Terminated };
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
}

export interface Pod extends KubeObject {
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number; readonly availableReplicas?: number };
}

export interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(each => each.type === 'Ready' && each.status === 'True') === true;
}

/** How many members of etcd: one, or three where the control plane is to be highly available. */
export function etcdReplicas(spec: ControlPlaneSpec): 1 | 3 {
  return spec.controllerAvailabilityPolicy === 'SingleReplica' ? 1 : 3;
}

/** The StatefulSet of etcd. */
export interface Members extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly initContainers?: readonly NameOf[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

/** Whether every member is ready, as its template wants it, and none restores any more. */
export function isSettled({ metadata, spec, status = {} }: Members): boolean {
  return (
    spec.template.spec.initContainers?.every(({ name }) => name !== 'etcd-init') === true &&
    status.observedGeneration === metadata.generation &&
    status.readyReplicas === spec.replicas &&
    status.updatedReplicas === spec.replicas &&
    status.currentRevision === status.updateRevision
  );
}
