/** How a strategic merge treats a field. */
export interface MergeRule {
  /** `replace` for maps that are not merged; lists are replaced unless they are `merge`. */
  readonly strategy: 'merge' | 'replace';
  /** The field that tells elements apart; absent for lists of scalars. */
  readonly key?: string;
}

const merge = (key: string): MergeRule => ({ strategy: 'merge', key });

/**
 * Lists of the built-in types that are merged, by the name of their field: the `patchStrategy` and `patchMergeKey` tags
 * of k8s.io/api v0.34.4. Lists that are not here are replaced.
 */
const rules: Readonly<Record<string, MergeRule>> = {
  conditions: merge('type'),
  containers: merge('name'),
  env: merge('name'),
  ephemeralContainers: merge('name'),
  finalizers: { strategy: 'merge' },
  hostAliases: merge('ip'),
  hostIPs: merge('ip'),
  imagePullSecrets: merge('name'),
  initContainers: merge('name'),
  matchConditions: merge('name'),
  ownerReferences: merge('uid'),
  podCIDRs: { strategy: 'merge' },
  podIPs: merge('ip'),
  resourceClaims: merge('name'),
  schedulingGates: merge('name'),
  topologySpreadConstraints: merge('topologyKey'),
  volumeDevices: merge('devicePath'),
  volumeMounts: merge('mountPath'),
  volumes: merge('name'),
  webhooks: merge('name'),
};

/** Fields whose rule depends on where they are: `parent.field`, the parent being the field above. */
const rulesBelow: Readonly<Record<string, MergeRule>> = {
  'containers.ports': merge('containerPort'),
  'initContainers.ports': merge('containerPort'),
  'ephemeralContainers.ports': merge('containerPort'),
  'containers.resources.claims': { strategy: 'replace' },
  'Service.spec.ports': merge('port'),
  'ServiceAccount.secrets': merge('name'),
  'Node.status.addresses': merge('type'),
  'PodDisruptionBudget.spec.selector': { strategy: 'replace' },
  'ValidatingAdmissionPolicy.spec.variables': merge('name'),
  'CSINode.spec.drivers': merge('name'),
};

/** The rule for the field at `path`, which begins with the kind: `['Deployment', 'spec', 'template', …]`. */
export function mergeRule(path: readonly string[]): MergeRule | undefined {
  const name = path.at(-1) ?? '';
  for (let length = Math.min(path.length, 3); length > 1; length--) {
    const below = fieldRule(rulesBelow, path.slice(-length).join('.'));
    if (below !== undefined) return below;
  }
  // Outside of metadata a field of these names is another thing: a CRD's or a Namespace's spec.finalizers.
  if (name === 'finalizers' && path.at(-2) !== 'metadata') return undefined;
  return fieldRule(rules, name);
}

function fieldRule(table: Readonly<Record<string, MergeRule>>, name: string): MergeRule | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/**
 * API groups whose types have these tags. Other types (custom resources, aggregated APIs) know no strategic merge, as in
 * the API server, which refuses such a patch of them with 415.
 */
const builtIn = new Set([
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** Whether types of the API group can be patched by strategic merge. */
export function knowsStrategicMerge(group: string): boolean {
  return builtIn.has(group);
}
