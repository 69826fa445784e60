import { createHash } from 'node:crypto';
import type { KubeObject } from '#kube/objects.ts';

/** Where OpenShift's internal registry answers in the specification's examples. */
export const internalRegistry = '10.111.255.221:5000';

/** The parts of image.openshift.io/v1 ImageStream that its controllers read. */
export interface ImageStream extends KubeObject {
  spec?: { readonly tags?: readonly TagReference[] };
  status?: ImageStreamStatus;
}

export interface TagReference {
  readonly name: string;
  readonly generation?: number | null;
  readonly reference?: boolean;
  readonly from?: { readonly kind: string; readonly name: string; readonly namespace?: string };
}

export interface ImageStreamStatus {
  readonly dockerImageRepository?: string;
  readonly tags?: readonly TagHistory[];
}

export interface TagHistory {
  readonly tag: string;
  readonly items?: readonly TagEvent[] | null;
}

export interface TagEvent {
  readonly created: string;
  readonly dockerImageReference: string;
  /** The digest: `sha256:…`, which is also the name of the Image. */
  readonly image: string;
  readonly generation: number;
}

/** The pull reference of the newest image of a tag. */
export function currentImage(stream: ImageStream, tag: string): string | undefined {
  return stream.status?.tags?.find(each => each.tag === tag)?.items?.[0]?.dockerImageReference;
}

/** The repository of a stream in the internal registry. */
export function repositoryOf(namespace: string, name: string): string {
  return `${internalRegistry}/${namespace}/${name}`;
}

/** A status with a new image at the head of a tag's history; unchanged where it is there already. */
export function withImage(status: ImageStreamStatus, tag: string, event: TagEvent): ImageStreamStatus {
  const tags = status.tags ?? [];
  const before = tags.find(each => each.tag === tag);
  if (before?.items?.[0]?.dockerImageReference === event.dockerImageReference) return status;
  const after = { ...before, tag, items: [event, ...(before?.items ?? [])] };
  return { ...status, tags: [...tags.filter(each => each !== before), after] };
}

/**
 * The status of a stream whose `spec.tags` name external images, imported. No registry is asked: an image that is
 * not named by digest gets the digest of its name. Tags that only alias another tag of the stream follow it.
 */
export function importedStatus(stream: ImageStream, now: Date): ImageStreamStatus {
  const { name, namespace = '' } = stream.metadata;
  let status: ImageStreamStatus = { ...stream.status, dockerImageRepository: repositoryOf(namespace, name) };
  const created = now.toISOString().replace(/\.\d+/, '');
  for (const tag of stream.spec?.tags ?? []) {
    const event = tag.reference === true ? undefined : imported(tag, status);
    if (event !== undefined) status = withImage(status, tag.name, { ...event, created });
  }
  return status;
}

function imported(tag: TagReference, status: ImageStreamStatus): TagEvent | undefined {
  const { from } = tag;
  if (from?.kind === 'ImageStreamTag') {
    const target = from.name.split(':').at(-1);
    return status.tags?.find(each => each.tag === target)?.items?.[0];
  }
  if (from?.kind !== 'DockerImage') return undefined;
  const [repository = '', digest] = from.name.split('@');
  const image = digest ?? `sha256:${createHash('sha256').update(from.name).digest('hex')}`;
  const untagged = repository.replace(/:[^:/]*$/, '');
  return {
    created: '',
    dockerImageReference: `${untagged}@${image}`,
    image,
    generation: tag.generation ?? 1,
  };
}
