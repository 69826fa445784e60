import { fieldsAt, isFields, listAt, textAt, valueAt } from '../fields.ts';
import type { KubeObject } from '../objects.ts';

/** Which node ports of a Service somebody asked for, as opposed to the ones that the server picked. */
export interface RequestedNodePorts {
  /** Whether the node port of this element of `spec.ports` was asked for. */
  readonly port: (port: object) => boolean;
  readonly healthCheck: boolean;
}

/**
 * Reads what was asked for from the last-applied annotation (by port name, or by number where the port has no
 * name) and from managedFields (which hold no field that the server allocated). This is Velero's rule, too.
 */
export function requestedNodePorts(service: KubeObject): RequestedNodePorts {
  const applied = lastApplied(service);
  const managed = managedSpecs(service);
  const keys = new Set(managed.flatMap(managedNodePorts));
  const names = new Set<unknown>();
  const numbers = new Set<unknown>();
  for (const port of listAt(applied, 'spec', 'ports')) {
    const number = valueAt(port, 'nodePort');
    if (typeof number !== 'number' || number <= 0) continue;
    const name = textAt(port, 'name') ?? '';
    if (name === '') numbers.add(number);
    else names.add(name);
  }
  return {
    port: port =>
      keys.has(portKey(port)) ||
      ((textAt(port, 'name') ?? '') === ''
        ? numbers.has(valueAt(port, 'nodePort'))
        : names.has(textAt(port, 'name'))),
    healthCheck:
      valueAt(applied, 'spec', 'healthCheckNodePort') !== undefined ||
      managed.some(spec => valueAt(spec, 'f:healthCheckNodePort') !== undefined),
  };
}

function lastApplied(service: KubeObject): unknown {
  const text = textAt(service, 'metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration');
  return text === undefined ? undefined : parseJson(text);
}

/** `f:spec` of every manager of the main resource; what a controller wrote to the status is not a wish. */
function managedSpecs(service: KubeObject): unknown[] {
  return listAt(service, 'metadata', 'managedFields')
    .filter(entry => (textAt(entry, 'subresource') ?? '') === '')
    .map(entry => fieldsAt(entry, 'fieldsV1', 'f:spec'));
}

/** Keys look like `k:{"port":80,"protocol":"TCP"}` (structured-merge-diff's path elements). */
function managedNodePorts(spec: unknown): string[] {
  return Object.entries(fieldsAt(spec, 'f:ports'))
    .filter(([key, fields]) => key.startsWith('k:') && valueAt(fields, 'f:nodePort') !== undefined)
    .map(([key]) => parseJson(key.slice(2)))
    .filter(isFields)
    .map(portKey);
}

function portKey(port: object): string {
  return `${textAt(port, 'protocol') ?? 'TCP'}/${String(valueAt(port, 'port'))}`;
}

/** `undefined` where the text, which anybody may have written, is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
