import { textAt, valueAt } from '../fields.ts';
import type { KubeObject } from '../objects.ts';

/**
 * Names and secrets that a cluster makes by itself and makes again when an object is re-created.
 *
 * Sources: apiserver `names.SimpleNameGenerator` (five characters of a vowel-free alphabet after a base cut to
 * 58), the token controller of kube-controller-manager (`NAME-token-`), openshift-controller-manager's
 * service-account pull-secret controllers (`NAME-dockercfg-`, and their annotations in 3.x/4.x up to 4.15 and
 * from 4.16 on).
 */
const suffix = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const longestBase = 58;

/** Whether the API server could have made `name` from `generateName: base`. */
export function isGeneratedFrom(name: string, base: string): boolean {
  const cut = base.slice(0, longestBase);
  return name.startsWith(cut) && suffix.test(name.slice(cut.length));
}

/** Whether a service account's controllers made the secret of this name for it. */
export function isGeneratedSecretName(secretName: string, serviceAccount: string): boolean {
  return ['token', 'dockercfg'].some(use => isGeneratedFrom(secretName, `${serviceAccount}-${use}-`));
}

/** Whether `name` looks like some service account's generated pull secret. */
export function isGeneratedDockercfgName(name: string): boolean {
  return /-dockercfg-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name);
}

const serviceAccountName = 'kubernetes.io/service-account.name';
const pullSecretMarks = [
  'openshift.io/token-secret.name',
  'openshift.io/internal-registry-auth-token.binding',
  'openshift.io/internal-registry-auth-token.service-account',
] as const;

/**
 * What kind of generated secret this is: a service account's token or its internal-registry pull secret, which
 * the cluster makes anew; `undefined` for a secret that somebody made, among them a token secret made by hand.
 */
export function generatedSecret(secret: KubeObject): 'service-account-token' | 'dockercfg' | undefined {
  const annotation = (key: string): string | undefined => textAt(secret, 'metadata', 'annotations', key);
  const account = annotation(serviceAccountName);
  if (secret['type'] === 'kubernetes.io/service-account-token') {
    const generated = account !== undefined && isGeneratedFrom(secret.metadata.name, `${account}-token-`);
    const ofDockercfg = annotation('openshift.io/token-secret.name') !== undefined;
    const byController = valueAt(secret, 'metadata', 'annotations', 'kubernetes.io/created-by') !== undefined;
    return generated || ofDockercfg || byController ? 'service-account-token' : undefined;
  }
  if (secret['type'] !== 'kubernetes.io/dockercfg') return undefined;
  const marked = pullSecretMarks.some(key => annotation(key) !== undefined);
  const owned = account !== undefined && isGeneratedFrom(secret.metadata.name, `${account}-dockercfg-`);
  return marked || owned ? 'dockercfg' : undefined;
}
