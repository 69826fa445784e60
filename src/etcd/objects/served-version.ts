import type { Json, JsonObject } from './json.ts';
import { servedDefinition } from './served-definition.ts';
import { servedIngress } from './served-ingress.ts';

/**
 * An object in a version that API servers serve. Everything is stored in one, but for CustomResourceDefinitions as
 * v1beta1, and what was last written before the kinds of extensions/v1beta1 went to groups of their own: their keys stayed what they
 * were, so that objects of both groups lie side by side (`k8s.io/kubernetes/pkg/apis`, conversions of v1beta1).
 */
export function asServed(object: JsonObject): JsonObject {
  const { apiVersion, kind, spec } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return object;
  const served = successors.get(`${apiVersion}/${kind}`);
  if (served === undefined) return object;
  const converted = isObject(spec) && served.spec !== undefined ? { spec: served.spec(spec) } : {};
  return { ...object, apiVersion: served.apiVersion, ...converted };
}

interface Successor {
  readonly apiVersion: string;
  readonly spec?: ((old: JsonObject) => JsonObject) | undefined;
}

const ingresses: Successor = { apiVersion: 'networking.k8s.io/v1', spec: servedIngress };

const successors: ReadonlyMap<string, Successor> = new Map<string, Successor>([
  [
    'apiextensions.k8s.io/v1beta1/CustomResourceDefinition',
    { apiVersion: 'apiextensions.k8s.io/v1', spec: servedDefinition },
  ],
  ['extensions/v1beta1/Deployment', { apiVersion: 'apps/v1', spec: workload }],
  ['extensions/v1beta1/DaemonSet', { apiVersion: 'apps/v1', spec: workload }],
  ['extensions/v1beta1/ReplicaSet', { apiVersion: 'apps/v1', spec: workload }],
  ['extensions/v1beta1/NetworkPolicy', { apiVersion: 'networking.k8s.io/v1' }],
  ['extensions/v1beta1/Ingress', ingresses],
  ['networking.k8s.io/v1beta1/Ingress', ingresses],
]);

const gone: ReadonlySet<string> = new Set(['rollbackTo', 'templateGeneration']);

/** apps/v1 has neither of the fields that go; without a selector, v1beta1 took the labels of the template. */
function workload(old: JsonObject): JsonObject {
  const spec: JsonObject = Object.fromEntries(Object.entries(old).filter(([name]) => !gone.has(name)));
  const { template, selector } = spec;
  const metadata = isObject(template) ? template['metadata'] : undefined;
  const matchLabels: Json | undefined = isObject(metadata) ? metadata['labels'] : undefined;
  if (isObject(selector) || !isObject(matchLabels)) return spec;
  return { ...spec, selector: { matchLabels } };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
