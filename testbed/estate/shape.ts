/** The kinds that a generated estate is made of. */
export type GeneratedKind =
  | 'ConfigMap'
  | 'Secret'
  | 'ServiceAccount'
  | 'Role'
  | 'RoleBinding'
  | 'Deployment'
  | 'Service'
  | 'Widget'
  | 'Part';

/** What a generated estate looks like. The same shape gives the same objects, byte for byte. */
export interface EstateShape {
  /** Begins the name of every namespace and cluster-scoped object; what `removeGenerated` looks for. */
  readonly name: string;
  readonly seed: number;
  readonly namespaces: number;
  /** How many of each kind each namespace holds. Parts are owned by Widgets, so they need some. */
  readonly perNamespace: Readonly<Partial<Record<GeneratedKind, number>>>;
  /** Bytes of payload in each ConfigMap and Secret; 200 unless told. */
  readonly payloadBytes?: number;
  /** Every so many Widgets one has a finalizer that nobody takes off; none unless told. */
  readonly finalizerEvery?: number;
  /** Whether there are a validating and a mutating webhook configuration; they match no object. */
  readonly webhooks?: boolean;
}

/**
 * 10,050 objects in 50 namespaces: the namespaces, and 40 each of ConfigMap, Secret, ServiceAccount, Role and
 * Deployment with 0 replicas. What Velero was measured against.
 */
export function veleroShape(name: string, seed = 1): EstateShape {
  const each = 40;
  const perNamespace = { ConfigMap: each, Secret: each, ServiceAccount: each, Role: each, Deployment: each };
  return { name, seed, namespaces: 50, perNamespace };
}

/** A little of everything: all kinds, every served version, owners, finalizers, webhook configurations. */
export function mixedShape(name: string, namespaces = 3, seed = 1): EstateShape {
  return {
    name,
    seed,
    namespaces,
    perNamespace: {
      ConfigMap: 6,
      Secret: 6,
      ServiceAccount: 3,
      Role: 3,
      RoleBinding: 3,
      Deployment: 3,
      Service: 3,
      Widget: 6,
      Part: 6,
    },
    finalizerEvery: 3,
    webhooks: true,
  };
}

/** How many objects a shape has, its namespaces and webhook configurations included; CRDs are not. */
export function sizeOf(shape: EstateShape): number {
  const each = Object.values(shape.perNamespace).reduce((sum, count) => sum + count, 0);
  return shape.namespaces * (1 + each) + (shape.webhooks === true ? 2 : 0);
}
