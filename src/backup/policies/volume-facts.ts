import { fieldsAt, isFields, listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { parseQuantity, type Quantity } from '#kube/quantity.ts';

/** What the conditions of volume policies look at. Of a volume that nobody could read, only its claim is known. */
export interface VolumeFacts {
  readonly capacity: Quantity;
  readonly storageClass: string;
  /** One of {@link volumeTypes}; empty where it is none of them. */
  readonly type: string;
  readonly nfs?: { readonly server: string; readonly path: string } | undefined;
  readonly csi?:
    | { readonly driver: string; readonly attributes: Readonly<Record<string, unknown>> }
    | undefined;
}

export interface ClaimFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: string;
  readonly volumeMode: string;
  readonly accessModes: readonly string[];
}

/** Fields of a volume's source in its JSON that policies call the same. Velero 1.18: `volume_types_conditions.go`. */
const sources =
  `awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI emptyDir ephemeral fc flexVolume
  flocker gcePersistentDisk gitRepo glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume projected
  quobyte rbd scaleIO secret vsphereVolume`.split(/\s+/);

const typeOfSource = new Map([...sources.map(name => [name, name] as const), ['storageos', 'storageOS']]);

/** What a policy may name; no volume is of Velero's `awsAzureDisk`, which it takes all the same. */
export const volumeTypes: ReadonlySet<string> = new Set([...typeOfSource.values(), 'awsAzureDisk']);

export const unknownVolume: VolumeFacts = { capacity: 0n, storageClass: '', type: '' };

export function factsOfVolume(volume: KubeObject): VolumeFacts {
  const spec = fieldsAt(volume, 'spec');
  return {
    ...sourceFacts(spec),
    capacity: parseQuantity(textAt(spec, 'capacity', 'storage') ?? '') ?? 0n,
    storageClass: textAt(spec, 'storageClassName') ?? '',
  };
}

/** Of an entry of a pod's `spec.volumes` that is no claim. */
export function factsOfPodVolume(volume: unknown): VolumeFacts {
  return { ...unknownVolume, ...sourceFacts(fieldsAt(volume)) };
}

function sourceFacts(source: Readonly<Record<string, unknown>>): Pick<VolumeFacts, 'type' | 'nfs' | 'csi'> {
  const name = [...typeOfSource.keys()].find(each => isFields(source[each])) ?? '';
  const { nfs, csi } = source;
  return {
    type: typeOfSource.get(name) ?? '',
    nfs: isFields(nfs) ? { server: textAt(nfs, 'server') ?? '', path: textAt(nfs, 'path') ?? '' } : undefined,
    csi: isFields(csi)
      ? { driver: textAt(csi, 'driver') ?? '', attributes: fieldsAt(csi, 'volumeAttributes') }
      : undefined,
  };
}

export function factsOfClaim(claim: KubeObject): ClaimFacts {
  return {
    labels: claim.metadata.labels ?? {},
    phase: textAt(claim, 'status', 'phase') ?? '',
    volumeMode: textAt(claim, 'spec', 'volumeMode') ?? '',
    accessModes: listAt(claim, 'spec', 'accessModes').filter(mode => typeof mode === 'string'),
  };
}
