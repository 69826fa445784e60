import type { Json, JsonObject } from './json.ts';

/**
 * The specification of an Ingress of v1beta1, of either group, as that of networking.k8s.io/v1. Source:
 * `k8s.io/kubernetes/pkg/apis/networking/v1beta1`, conversion and defaults.
 */
export function servedIngress({ backend, rules, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    ...(isObject(backend) ? { defaultBackend: backendOf(backend) } : {}),
    ...(Array.isArray(rules) ? { rules: (rules as readonly Json[]).map(ruleOf) } : {}),
  };
}

function ruleOf(rule: Json): Json {
  if (!isObject(rule) || !isObject(rule['http'])) return rule;
  const { http } = rule;
  const paths = http['paths'];
  if (!Array.isArray(paths)) return rule;
  return { ...rule, http: { ...http, paths: (paths as readonly Json[]).map(pathOf) } };
}

/** Ingresses that were written before 1.18 have no type of their paths. */
function pathOf(path: Json): Json {
  if (!isObject(path)) return path;
  const { backend, pathType, ...rest } = path;
  return {
    ...rest,
    pathType: typeof pathType === 'string' && pathType !== '' ? pathType : 'ImplementationSpecific',
    ...(isObject(backend) ? { backend: backendOf(backend) } : {}),
  };
}

/** A backend is a service or a resource; what is not named is shown as an empty name and port 0. */
function backendOf({ serviceName = '', servicePort = 0, ...rest }: JsonObject): JsonObject {
  if (serviceName === '' && (servicePort === 0 || servicePort === null)) return rest;
  const port: JsonObject = typeof servicePort === 'string' ? { name: servicePort } : { number: servicePort };
  return { ...rest, service: { name: serviceName, port } };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
