import type { BackupSpec } from '#api/velero/backup.ts';
import type { RunReport } from '#archive/run-report.ts';
import type { VolumeInfo } from '#archive/volume-info.ts';
import { fieldsAt, isFields, listAt, textAt } from '#kube/fields.ts';
import { formatKey, groupResource, type KubeObject, keyOf, type ObjectKey } from '#kube/objects.ts';
import type { Item } from './related/related.ts';
import * as finding from './volume-findings.ts';

interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly volume: string;
}

interface Volume {
  readonly reclaimPolicy: string;
  readonly labels: Readonly<Record<string, string>> | null;
}

/** A volume of a pod that file system backup was asked for. */
interface PodVolume {
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
  /** `ns/name` of the claim behind it; `undefined` where it is of another kind. */
  readonly claim: string | undefined;
}

/**
 * Notes what data the stored objects stand for: volumes of claims, volumes that pods opt in for file system backup,
 * images in the cluster's own registry. This version captures none of it, and says so of each.
 */
export class DataLedger {
  readonly #spec: BackupSpec;
  readonly #claims = new Map<string, Claim>();
  readonly #volumes = new Map<string, Volume>();
  readonly #podVolumes: PodVolume[] = [];
  readonly #streams: { readonly key: ObjectKey; readonly tags: readonly string[] }[] = [];

  constructor(spec: BackupSpec) {
    this.#spec = spec;
  }

  /** To be told of each object that is stored. */
  note({ type, object }: Item): void {
    const resource = groupResource(type);
    if (resource === 'persistentvolumeclaims') this.#noteClaim(object);
    else if (resource === 'persistentvolumes') this.#noteVolume(object);
    else if (resource === 'pods') this.#podVolumes.push(...optedIn(object, this.#spec));
    else if (resource === 'imagestreams.image.openshift.io') this.#noteStream(object);
  }

  /** Reports what was meant to be captured, once for each volume and image stream, and lists every volume. */
  finish(report: RunReport): VolumeInfo[] {
    this.#reportStreams(report);
    const asked = new Set(this.#podVolumes.map(({ claim }) => claim));
    return [
      ...[...this.#claims.values()].map(claim =>
        this.#finishClaim(claim, asked.has(formatKey(claim)), report),
      ),
      ...this.#unclaimed().map(name => this.#finishVolume(name, report)),
      ...this.#podVolumes
        .filter(({ claim }) => claim === undefined)
        .map(volume => finishPodVolume(volume, report)),
    ];
  }

  #noteClaim(object: KubeObject): void {
    const volume = textAt(object, 'spec', 'volumeName') ?? '';
    if (volume === '') return; // no volume, no data
    const { namespace = '', name } = object.metadata;
    this.#claims.set(formatKey(keyOf(object)), { namespace, name, volume });
  }

  #noteVolume(object: KubeObject): void {
    this.#volumes.set(object.metadata.name, {
      reclaimPolicy: textAt(object, 'spec', 'persistentVolumeReclaimPolicy') ?? '',
      labels: object.metadata.labels ?? null,
    });
  }

  #noteStream(object: KubeObject): void {
    const tags = internalTags(object);
    if (tags.length > 0) this.#streams.push({ key: keyOf(object), tags });
  }

  #reportStreams(report: RunReport): void {
    for (const { key, tags } of this.#streams) {
      report.warning(finding.imagesNotCaptured(tags), {
        resource: 'imagestreams.image.openshift.io',
        ...key,
      });
    }
  }

  /** Volumes that belong to no claim in the backup. */
  #unclaimed(): string[] {
    const claimed = new Set([...this.#claims.values()].map(claim => claim.volume));
    return [...this.#volumes.keys()].filter(name => !claimed.has(name));
  }

  #finishClaim({ namespace, name, volume }: Claim, optedIn: boolean, report: RunReport): VolumeInfo {
    const meant = optedIn || this.#spec.snapshotVolumes !== false;
    const subject = { resource: 'persistentvolumeclaims', namespace, name };
    if (meant) report.warning(finding.dataNotCaptured(volume), subject);
    const entry = { pvcName: name, pvcNamespace: namespace, pvName: volume };
    return { ...entry, ...skipped(meant), ...this.#pvInfo(volume) };
  }

  #finishVolume(name: string, report: RunReport): VolumeInfo {
    const meant = this.#spec.snapshotVolumes !== false;
    if (meant) report.warning(finding.dataNotCaptured(name), { resource: 'persistentvolumes', name });
    return { pvName: name, ...skipped(meant), ...this.#pvInfo(name) };
  }

  #pvInfo(name: string): Pick<VolumeInfo, 'pvInfo'> {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return {};
    return { pvInfo: { reclaimPolicy: volume.reclaimPolicy, labels: volume.labels } };
  }
}

function finishPodVolume({ namespace, pod, name }: PodVolume, report: RunReport): VolumeInfo {
  report.warning(finding.podVolumeNotCaptured(name), { resource: 'pods', namespace, name: pod });
  const pvbInfo = { uploaderType: '', volumeName: name, podName: pod, podNamespace: namespace, Phase: '' };
  return { ...skipped(true), pvbInfo };
}

function skipped(meant: boolean) {
  return {
    snapshotDataMoved: false,
    preserveLocalSnapshot: false,
    skipped: true,
    skippedReason: meant
      ? 'this version does not capture volume data'
      : 'volume data was not asked for (snapshotVolumes is false)',
  } as const;
}

const includedAnnotation = 'backup.velero.io/backup-volumes';
const excludedAnnotation = 'backup.velero.io/backup-volumes-excludes';

/** Kinds of pod volumes that hold no data of the pod, or data that belongs to the node. */
const dataless = ['hostPath', 'secret', 'configMap', 'projected', 'downwardAPI'] as const;

/** The volumes of a pod that file system backup was asked for: by the pod's annotation, or by the Backup for all. */
function optedIn(pod: KubeObject, spec: BackupSpec): PodVolume[] {
  const { namespace = '', name, annotations } = pod.metadata;
  const included = names(annotations?.[includedAnnotation]);
  const excluded = names(annotations?.[excludedAnnotation]);
  const byDefault = spec.defaultVolumesToFsBackup === true;
  return listAt(pod, 'spec', 'volumes').flatMap(volume => {
    const volumeName = textAt(volume, 'name') ?? '';
    const fits = byDefault
      ? !excluded.includes(volumeName) && !dataless.some(kind => isFields(fieldsAt(volume)[kind]))
      : included.includes(volumeName);
    if (!fits) return [];
    return [{ namespace, pod: name, name: volumeName, claim: claimOf(volume, pod) }];
  });
}

function names(annotation: string | undefined): string[] {
  return (annotation ?? '').split(',').map(name => name.trim());
}

/** A generic ephemeral volume's claim is named after pod and volume. */
function claimOf(volume: unknown, pod: KubeObject): string | undefined {
  const { namespace, name } = pod.metadata;
  const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
  if (claim !== undefined) return formatKey({ namespace, name: claim });
  const isEphemeral = isFields(fieldsAt(volume)['ephemeral']);
  return isEphemeral ? formatKey({ namespace, name: `${name}-${textAt(volume, 'name')}` }) : undefined;
}

/** The services of OpenShift's internal registry, for streams that do not say where theirs is. */
const registryServices = /^(image-registry\.openshift-image-registry|docker-registry\.default)\.svc\b/;

/** The tags of an ImageStream whose images lie in the cluster's own registry. */
function internalTags(stream: KubeObject): string[] {
  const [registry = ''] = (textAt(stream, 'status', 'dockerImageRepository') ?? '').split('/');
  const isInternal = (reference: string): boolean =>
    (registry !== '' && reference.startsWith(`${registry}/`)) || registryServices.test(reference);
  return listAt(stream, 'status', 'tags').flatMap(tag => {
    const references = listAt(tag, 'items').map(item => textAt(item, 'dockerImageReference') ?? '');
    return references.some(isInternal) ? [textAt(tag, 'tag') ?? ''] : [];
  });
}
