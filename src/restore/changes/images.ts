import { edited, editedEach, isFields } from '#kube/fields.ts';
import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

/** A part of image names, and what takes its place. */
export interface ImageChange {
  readonly from: string;
  readonly to: string;
}

/**
 * The entries of the ConfigMap of Velero's `velero.io/change-image-name`, each `OLD,NEW`, in the order of their keys
 * (Velero's own is random). One without a comma or with an empty side is none, as there.
 */
export function readImageChanges(data: Readonly<Record<string, unknown>>): readonly ImageChange[] {
  return Object.entries(data)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, row]) => {
      if (typeof row !== 'string' || !row.includes(',')) return [];
      const comma = row.indexOf(',');
      const change = { from: row.slice(0, comma).trim(), to: row.slice(comma + 1).trim() };
      return change.from === '' || change.to === '' ? [] : [change];
    });
}

const template = ['spec', 'template', 'spec'];

const podSpecs: ReadonlyMap<GroupResource, readonly string[]> = new Map([
  ['pods', ['spec']],
  ['cronjobs.batch', ['spec', 'jobTemplate', ...template]],
  ['deployments.apps', template],
  ['statefulsets.apps', template],
  ['daemonsets.apps', template],
  ['replicasets.apps', template],
  ['jobs.batch', template],
  ['replicationcontrollers', template],
]);

/** A workload with other images: in each image name, the first change whose part occurs in it, everywhere it does. */
export function withImages(
  object: KubeObject,
  type: Pick<ResourceType, 'group' | 'resource'>,
  changes: readonly ImageChange[],
): KubeObject {
  const path = podSpecs.get(groupResource(type));
  if (path === undefined || changes.length === 0) return object;
  const change = (container: unknown): unknown =>
    isFields(container) ? edited(container, ['image'], image => changed(image, changes)) : container;
  const inits = editedEach(object, [...path, 'initContainers'], change);
  return editedEach(inits, [...path, 'containers'], change);
}

function changed(image: unknown, changes: readonly ImageChange[]): unknown {
  if (typeof image !== 'string') return image;
  const first = changes.find(({ from }) => image.includes(from));
  return first === undefined ? image : image.replaceAll(first.from, () => first.to);
}
