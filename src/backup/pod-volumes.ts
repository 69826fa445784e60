import type { BackupSpec } from '#api/velero/backup.ts';
import { fieldsAt, isFields, listAt, textAt } from '#kube/fields.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import { factsOfPodVolume } from './policies/volume-facts.ts';
import { actionOn, type DataFate, fateOf, type VolumePolicy } from './policies/volume-policies.ts';

/** A volume of a pod that file system backup was asked for, by whatever way. */
export interface PodVolume {
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
  /** `ns/name` of the claim behind it; `undefined` where it is of another kind. */
  readonly claim: string | undefined;
  /** Of one without a claim; a claim's data has its own. */
  readonly fate: DataFate;
}

const includedAnnotation = 'backup.velero.io/backup-volumes';
const excludedAnnotation = 'backup.velero.io/backup-volumes-excludes';

/** Kinds of pod volumes that hold no data of the pod, or data that belongs to the node. */
const dataless = ['hostPath', 'secret', 'configMap', 'projected', 'downwardAPI'] as const;

/** The volumes of a pod that file system backup was asked for: by the pod's annotation, by the Backup, by a policy. */
export function askedVolumes(
  pod: KubeObject,
  spec: BackupSpec,
  policies: readonly VolumePolicy[],
): PodVolume[] {
  const { namespace = '', name: podName } = pod.metadata;
  const isOptedIn = optIns(pod, spec);
  return listAt(pod, 'spec', 'volumes').flatMap(volume => {
    const name = textAt(volume, 'name') ?? '';
    const claim = claimOf(volume, pod);
    const isAsked = isOptedIn(name, volume);
    const action = claim === undefined ? actionOn(policies, factsOfPodVolume(volume)) : undefined;
    const isMeant = isAsked || (action === 'fs-backup' && holdsData(volume));
    return isMeant ? [{ namespace, pod: podName, name, claim, fate: fateOf(action, isAsked) }] : [];
  });
}

function optIns(pod: KubeObject, spec: BackupSpec): (name: string, volume: unknown) => boolean {
  const { annotations } = pod.metadata;
  const included = names(annotations?.[includedAnnotation]);
  const excluded = names(annotations?.[excludedAnnotation]);
  return spec.defaultVolumesToFsBackup === true
    ? (name, volume) => !excluded.includes(name) && holdsData(volume)
    : name => included.includes(name);
}

function names(annotation: string | undefined): string[] {
  return (annotation ?? '').split(',').map(name => name.trim());
}

function holdsData(volume: unknown): boolean {
  return !dataless.some(kind => isFields(fieldsAt(volume)[kind]));
}

/** A generic ephemeral volume's claim is named after pod and volume. */
function claimOf(volume: unknown, pod: KubeObject): string | undefined {
  const { namespace, name } = pod.metadata;
  const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
  if (claim !== undefined) return formatKey({ namespace, name: claim });
  const isEphemeral = isFields(fieldsAt(volume)['ephemeral']);
  return isEphemeral ? formatKey({ namespace, name: `${name}-${textAt(volume, 'name')}` }) : undefined;
}
