import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/** The services of OpenShift's internal registry, for streams that do not say where theirs is. */
const registryServices = /^(image-registry\.openshift-image-registry|docker-registry\.default)\.svc\b/;

/** The tags of an ImageStream whose images lie in the cluster's own registry. */
export function internalTags(stream: KubeObject): string[] {
  const [registry = ''] = (textAt(stream, 'status', 'dockerImageRepository') ?? '').split('/');
  const isInternal = (reference: string): boolean =>
    (registry !== '' && reference.startsWith(`${registry}/`)) || registryServices.test(reference);
  return listAt(stream, 'status', 'tags').flatMap(tag => {
    const references = listAt(tag, 'items').map(item => textAt(item, 'dockerImageReference') ?? '');
    return references.some(isInternal) ? [textAt(tag, 'tag') ?? ''] : [];
  });
}
