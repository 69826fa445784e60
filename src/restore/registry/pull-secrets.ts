import { isGeneratedDockercfgName } from '#kube/cleaning/generated-names.ts';
import { edited, editedEach, isFields, listAt, textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

function isGenerated(reference: unknown): boolean {
  return isGeneratedDockercfgName(textAt(reference, 'name') ?? '');
}

/** Whether a pod pulls with a secret that its cluster made for its service account. */
export function pullsWithGenerated(pod: KubeObject): boolean {
  return listAt(pod, 'spec', 'imagePullSecrets').some(isGenerated);
}

/** The service account of a pod. */
export function accountOf(pod: KubeObject): string {
  return textAt(pod, 'spec', 'serviceAccountName') ?? textAt(pod, 'spec', 'serviceAccount') ?? 'default';
}

/** The pull secrets that a cluster made for a service account. */
export function generatedPullSecrets(account: KubeObject | undefined): string[] {
  return listAt(account, 'imagePullSecrets')
    .filter(isGenerated)
    .map(reference => textAt(reference, 'name') ?? '');
}

/** A pod that pulls with these secrets, too. Admission adds an account's only to pods that name none. */
export function withPullSecrets(pod: KubeObject, names: readonly string[]): KubeObject {
  if (names.length === 0) return pod;
  const spec = isFields(pod['spec']) ? pod['spec'] : {};
  const own = listAt(pod, 'spec', 'imagePullSecrets');
  const missing = names.filter(name => !own.some(each => textAt(each, 'name') === name));
  return { ...pod, spec: { ...spec, imagePullSecrets: [...own, ...missing.map(name => ({ name }))] } };
}

const buildSecrets = [
  ['spec', 'output', 'pushSecret'],
  ['spec', 'strategy', 'sourceStrategy', 'pullSecret'],
  ['spec', 'strategy', 'dockerStrategy', 'pullSecret'],
  ['spec', 'strategy', 'customStrategy', 'pullSecret'],
];

/**
 * A BuildConfig without references to secrets that its cluster made: a build then takes those of its service account,
 * which are this cluster's. Any other object as it is.
 */
export function withoutBuildSecrets(
  object: KubeObject,
  type: Pick<ResourceType, 'group' | 'resource'>,
): KubeObject {
  if (groupResource(type) !== 'buildconfigs.build.openshift.io') return object;
  const drop = (secret: unknown): unknown => (isGenerated(secret) ? undefined : secret);
  const plain = buildSecrets.reduce((at, path) => edited(at, path, drop), object);
  return editedEach(plain, ['spec', 'source', 'images'], image =>
    isFields(image) ? edited(image, ['pullSecret'], drop) : image,
  );
}
