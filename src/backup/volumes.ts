import type { BackupSpec } from '#api/velero/backup.ts';
import type { RunReport } from '#archive/runs/run-report.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import { textAt } from '#kube/fields.ts';
import {
  formatKey,
  type GroupResource,
  groupResource,
  type KubeObject,
  keyOf,
  type ObjectKey,
} from '#kube/objects.ts';
import { internalTags } from './internal-images.ts';
import { askedVolumes, type PodVolume } from './pod-volumes.ts';
import {
  type ClaimFacts,
  factsOfClaim,
  factsOfVolume,
  unknownVolume,
  type VolumeFacts,
} from './policies/volume-facts.ts';
import { actionOn, type DataFate, fateOf, type VolumePolicy } from './policies/volume-policies.ts';
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
  /** The claim that it says it belongs to. */
  readonly claim: ObjectKey | undefined;
}

/**
 * Notes what data the stored objects stand for: volumes of claims, volumes that pods opt in for file system backup,
 * images in the cluster's own registry. This version captures none of it, and says so of each, unless a volume policy
 * skips it or nobody asks for it.
 */
export class DataLedger {
  readonly #spec: BackupSpec;
  readonly #policies: readonly VolumePolicy[];
  readonly #facts = { volumes: new Map<string, VolumeFacts>(), claims: new Map<string, ClaimFacts>() };
  readonly #claims = new Map<string, Claim>();
  readonly #volumes = new Map<string, Volume>();
  readonly #podVolumes: PodVolume[] = [];
  readonly #streams: { readonly key: ObjectKey; readonly tags: readonly string[] }[] = [];

  constructor(spec: BackupSpec, policies: readonly VolumePolicy[] = []) {
    this.#spec = spec;
    this.#policies = policies;
  }

  /** To be told of each object that is stored. */
  note({ type, object }: Item): void {
    const resource = groupResource(type);
    if (resource === 'persistentvolumeclaims') this.#noteClaim(object);
    else if (resource === 'persistentvolumes') this.#noteVolume(object);
    else if (resource === 'pods') this.#notePod(object);
    else if (resource === 'imagestreams.image.openshift.io') this.#noteStream(object);
  }

  /** What policies look at of the noted objects and was not noted itself. */
  unknown(): { readonly resource: GroupResource; readonly key: ObjectKey }[] {
    if (this.#policies.length === 0) return [];
    const { volumes, claims } = this.#facts;
    const missing = [...this.#claims.values()].filter(({ volume }) => !volumes.has(volume));
    const owners = this.#unclaimed().flatMap(name => this.#volumes.get(name)?.claim ?? []);
    return [
      ...missing.map(({ volume }) => ({ resource: 'persistentvolumes', key: { name: volume } })),
      ...owners
        .filter(key => !claims.has(formatKey(key)))
        .map(key => ({ resource: 'persistentvolumeclaims', key })),
    ];
  }

  /** To be told of objects that were {@link unknown}, which are not in the backup. */
  learn(resource: GroupResource, object: KubeObject): void {
    const { volumes, claims } = this.#facts;
    if (resource === 'persistentvolumes') volumes.set(object.metadata.name, factsOfVolume(object));
    if (resource === 'persistentvolumeclaims') claims.set(formatKey(keyOf(object)), factsOfClaim(object));
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
    this.learn('persistentvolumeclaims', object);
  }

  #noteVolume(object: KubeObject): void {
    this.#volumes.set(object.metadata.name, {
      reclaimPolicy: textAt(object, 'spec', 'persistentVolumeReclaimPolicy') ?? '',
      labels: object.metadata.labels ?? null,
      claim: claimOf(object),
    });
    this.learn('persistentvolumes', object);
  }

  #notePod(object: KubeObject): void {
    this.#podVolumes.push(...askedVolumes(object, this.#spec, this.#policies));
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
    const fate = this.#fateOf(volume, { namespace, name }, optedIn);
    const subject = { resource: 'persistentvolumeclaims', namespace, name };
    if (fate === 'wanted') report.warning(finding.dataNotCaptured(volume), subject);
    const entry = { pvcName: name, pvcNamespace: namespace, pvName: volume };
    return { ...entry, ...skipped(fate), ...this.#pvInfo(volume) };
  }

  #finishVolume(name: string, report: RunReport): VolumeInfo {
    const fate = this.#fateOf(name, this.#volumes.get(name)?.claim, false);
    const subject = { resource: 'persistentvolumes', name };
    if (fate === 'wanted') report.warning(finding.dataNotCaptured(name), subject);
    return { pvName: name, ...skipped(fate), ...this.#pvInfo(name) };
  }

  #fateOf(volume: string, claim: ObjectKey | undefined, isOptedIn: boolean): DataFate {
    const { volumes, claims } = this.#facts;
    const owner = claim && claims.get(formatKey(claim));
    const action = actionOn(this.#policies, volumes.get(volume) ?? unknownVolume, owner);
    return fateOf(action, isOptedIn || this.#spec.snapshotVolumes !== false);
  }

  #pvInfo(name: string): Pick<VolumeInfo, 'pvInfo'> {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return {};
    return { pvInfo: { reclaimPolicy: volume.reclaimPolicy, labels: volume.labels } };
  }
}

function claimOf(volume: KubeObject): ObjectKey | undefined {
  const name = textAt(volume, 'spec', 'claimRef', 'name');
  return name === undefined
    ? undefined
    : { namespace: textAt(volume, 'spec', 'claimRef', 'namespace'), name };
}

function finishPodVolume({ namespace, pod, name, fate }: PodVolume, report: RunReport): VolumeInfo {
  const subject = { resource: 'pods', namespace, name: pod };
  if (fate === 'wanted') report.warning(finding.podVolumeNotCaptured(name), subject);
  const pvbInfo = { uploaderType: '', volumeName: name, podName: pod, podNamespace: namespace, Phase: '' };
  return { ...skipped(fate), pvbInfo };
}

const skippedReasons: Readonly<Record<DataFate, string>> = {
  wanted: 'this version does not capture volume data',
  unasked: 'volume data was not asked for (snapshotVolumes is false)',
  skipped: 'the action of a volume policy is skip',
};

function skipped(fate: DataFate) {
  return {
    snapshotDataMoved: false,
    preserveLocalSnapshot: false,
    skipped: true,
    skippedReason: skippedReasons[fate],
  } as const;
}
