import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { type KubeObject, keyOf, type ObjectKey } from '#kube/objects.ts';
import type { Narrate } from '../narration.ts';
import { type StandIn, startReconciler, together } from '../openshift/reconciler.ts';
import { nodeName } from './kubelet.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from './types.ts';

const provisioner = 'hozon.dev/local-directory';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const selectedNode = 'volume.kubernetes.io/selected-node';

/** The default class: a volume is made when the first pod that uses it has been scheduled. */
export const defaultStorageClass = 'local-directory';
/** Volumes are made at once, whether a pod uses them or not. */
export const immediateStorageClass = 'local-directory-immediate';

export interface ProvisionerOptions {
  /** Where volumes are made, each a directory. */
  readonly directory: string;
  readonly narrate: Narrate;
}

/**
 * Gives the cluster its storage classes and plays their provisioner: makes a directory and a `local` volume for
 * each claim, and removes both when the volume is released and its reclaim policy says so.
 */
export async function startProvisioner(client: KubeApi, options: ProvisionerOptions): Promise<StandIn> {
  await mkdir(options.directory, { recursive: true });
  await createClass(client, defaultStorageClass, 'WaitForFirstConsumer');
  await createClass(client, immediateStorageClass, 'Immediate');
  const onFault = (thrown: unknown): void => options.narrate(`provisioner: ${String(thrown)}`);
  const claims = startReconciler(client, {
    sources: [{ type: persistentVolumeClaims, keys: claim => [keyOf(claim)] }],
    reconcile: (key, signal) => provision(client, options.directory, key, signal),
    onFault,
  });
  const volumes = startReconciler(client, {
    sources: [{ type: persistentVolumes, keys: volume => [keyOf(volume)] }],
    reconcile: (key, signal) => reclaim(client, options.directory, key, signal),
    onFault,
  });
  return together(claims, volumes);
}

async function createClass(client: KubeApi, name: string, volumeBindingMode: string): Promise<void> {
  const isDefault = name === defaultStorageClass;
  await client.create(storageClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
    provisioner,
    volumeBindingMode,
    reclaimPolicy: 'Delete',
  });
}

interface Claim extends KubeObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly accessModes?: readonly string[];
    readonly volumeMode?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
}

async function provision(
  client: KubeApi,
  directory: string,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  const claim = (await client.get(persistentVolumeClaims, key, { signal })) as Claim | undefined;
  if (claim === undefined || claim.metadata.deletionTimestamp !== undefined || !wants(claim)) return;
  const name = `pvc-${claim.metadata.uid}`;
  const path = join(directory, name);
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777); // the users of its pods are not known
  try {
    await client.create(persistentVolumes, volumeFor(claim, name, path), { signal });
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.already-exists')) throw thrown;
  }
}

/** Whether the claim is waiting for a volume of ours now. A claim names its provisioner once its time has come. */
function wants(claim: Claim): boolean {
  const annotations = claim.metadata.annotations ?? {};
  if (annotations['volume.kubernetes.io/storage-provisioner'] !== provisioner) return false;
  if (claim.spec.volumeName !== undefined && claim.spec.volumeName !== '') return false;
  if (claim.spec.volumeMode === 'Block') return false;
  return claim.spec.storageClassName === immediateStorageClass || annotations[selectedNode] !== undefined;
}

function volumeFor(claim: Claim, name: string, path: string): KubeObject {
  const node = claim.metadata.annotations?.[selectedNode] ?? nodeName;
  const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [provisionedBy]: provisioner } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '1Gi' },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: claim.spec.storageClassName,
      persistentVolumeReclaimPolicy: 'Delete',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: claim.metadata.namespace,
        name: claim.metadata.name,
        uid: claim.metadata.uid,
      },
    },
  };
}

interface Volume extends KubeObject {
  readonly spec: {
    readonly persistentVolumeReclaimPolicy?: string;
    readonly local?: { readonly path: string };
  };
  readonly status?: { readonly phase?: string };
}

/** A volume can be written by anyone who may, and may name any path: only what was made here is removed. */
async function reclaim(
  client: KubeApi,
  directory: string,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  const volume = (await client.get(persistentVolumes, key, { signal })) as Volume | undefined;
  if (volume?.metadata.annotations?.[provisionedBy] !== provisioner) return;
  if (volume.status?.phase !== 'Released' || volume.spec.persistentVolumeReclaimPolicy !== 'Delete') return;
  const path = volume.spec.local?.path;
  if (path === undefined || volume.metadata.uid === undefined) return;
  if (dirname(resolve(path)) !== resolve(directory)) return;
  await rm(path, { recursive: true, force: true });
  await client.delete(persistentVolumes, key, { uid: volume.metadata.uid, signal });
}
