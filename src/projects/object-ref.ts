import type { KubeObject } from '#kube/objects.ts';

/** Names an object in a result: enough to find it, nothing of its content. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export function refOf(object: KubeObject): ObjectRef {
  return { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name };
}

/** `Kind name`, as messages name an object. */
export function formatRef({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}
