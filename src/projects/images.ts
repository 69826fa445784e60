import { editedEach, isFields, listAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/** A reference to an image in the registry inside the cluster. */
export interface InternalImage {
  /** Host and port as written. */
  readonly registry: string;
  readonly namespace: string;
  readonly name: string;
  /** `:tag`, `@sha256:…` or nothing, as written. */
  readonly version: string;
}

/**
 * How the internal registry is named: by its service's name (OpenShift 4 and 3.11), or by the service's address,
 * which is a private one, on port 5000 (OpenShift 3).
 */
const internalReference =
  /^((?:image-registry\.openshift-image-registry|docker-registry\.default)\.svc(?:\.cluster\.local)?(?::\d+)?|(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d{1,3}){2,3}:5000)\/([a-z0-9-]+)\/([a-z0-9._/-]+?)((?:@sha256:[0-9a-f]+)|(?::[\w.-]+))?$/;

/** The parts of a reference to the internal registry; `undefined` for any other image. */
export function parseInternalImage(image: string): InternalImage | undefined {
  const match = internalReference.exec(image);
  if (match === null) return undefined;
  const [, registry = '', namespace = '', name = '', version = ''] = match;
  return { registry, namespace, name, version };
}

export function formatInternalImage({ registry, namespace, name, version }: InternalImage): string {
  return `${registry}/${namespace}/${name}${version}`;
}

/** Where the pod spec of a kind lies, for everything that runs pods. */
export function podSpecPath(object: KubeObject): readonly string[] | undefined {
  if (object.kind === 'Pod') return ['spec'];
  if (object.kind === 'CronJob') return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
  if (object.kind === 'PodTemplate') return ['template', 'spec'];
  return isFields(valueAt(object, 'spec', 'template', 'spec')) ? ['spec', 'template', 'spec'] : undefined;
}

export interface ContainerImage {
  readonly container: string;
  readonly image: string;
}

/** The image of every container of a pod or of what makes pods. */
export function containerImages(object: KubeObject): ContainerImage[] {
  const path = podSpecPath(object);
  if (path === undefined) return [];
  return ['initContainers', 'containers']
    .flatMap(list => listAt(object, ...path, list))
    .map(container => ({
      container: textAt(container, 'name') ?? '',
      image: textAt(container, 'image') ?? '',
    }));
}

/**
 * The ImageStreamTag that a DeploymentConfig's ImageChange trigger writes into a container, as `name:tag`;
 * `undefined` where no trigger does, or it follows a stream of another project.
 */
export function triggeringTag(object: KubeObject, container: string): string | undefined {
  for (const trigger of listAt(object, 'spec', 'triggers')) {
    const names = listAt(trigger, 'imageChangeParams', 'containerNames');
    const kind = textAt(trigger, 'imageChangeParams', 'from', 'kind');
    const namespace = textAt(trigger, 'imageChangeParams', 'from', 'namespace');
    if (!names.includes(container) || kind !== 'ImageStreamTag') continue;
    if (namespace !== undefined && namespace !== '' && namespace !== object.metadata.namespace) continue;
    return textAt(trigger, 'imageChangeParams', 'from', 'name');
  }
  return undefined;
}

/** What {@link withTagImages} did to one container. */
export interface RewrittenImage extends ContainerImage {
  readonly tag: string;
}

/**
 * A DeploymentConfig in which a container that runs a digest of the internal registry names the tag that its
 * trigger follows; the trigger writes the digest again where the tag exists. Other objects are returned as they are.
 */
export function withTagImages(object: KubeObject): { object: KubeObject; rewritten: RewrittenImage[] } {
  const rewritten: RewrittenImage[] = [];
  if (object.kind !== 'DeploymentConfig') return { object, rewritten };
  const rewrite = (container: unknown): unknown => {
    if (!isFields(container)) return container;
    const name = textAt(container, 'name') ?? '';
    const image = textAt(container, 'image') ?? '';
    const tag = triggeringTag(object, name);
    if (tag === undefined || parseInternalImage(image)?.version.startsWith('@') !== true) return container;
    rewritten.push({ container: name, image, tag });
    return { ...container, image: tag };
  };
  const path = ['spec', 'template', 'spec'];
  const inits = editedEach(object, [...path, 'initContainers'], rewrite);
  return { object: editedEach(inits, [...path, 'containers'], rewrite), rewritten };
}
