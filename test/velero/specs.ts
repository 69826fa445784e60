import type { BackupSpec } from '#api/velero/backup.ts';

/** A Backup that both make of the estate. `policy` is the text of its resource policy. */
export interface Case {
  readonly spec: BackupSpec;
  readonly policy?: string;
}

const shops = ['shop', 'shop-test'];
const web = { matchLabels: { app: 'web' } };
const notDb = { matchExpressions: [{ key: 'app', operator: 'NotIn' as const, values: ['db'] }] };

/** By name. Together they use every filter and every policy of objects. */
export const cases: Readonly<Record<string, Case>> = {
  // Namespaces
  everything: { spec: {} },
  'one-namespace': { spec: { includedNamespaces: ['shop'] } },
  'two-namespaces': { spec: { includedNamespaces: ['shop', 'desk'] } },
  'star-but-some': { spec: { includedNamespaces: ['*'], excludedNamespaces: ['shop', 'kube-*'] } },
  'namespace-glob': { spec: { includedNamespaces: ['shop*'] } },
  'namespace-class': { spec: { includedNamespaces: ['[ds]*'], excludedNamespaces: ['shop-????'] } },
  'glob-of-nothing': { spec: { includedNamespaces: ['no-such-*'] } },
  'excluded-glob-of-nothing': { spec: { includedNamespaces: ['shop'], excludedNamespaces: ['no-such-*'] } },
  'empty-namespace': { spec: { includedNamespaces: ['nothing'] } },
  'missing-namespace': { spec: { includedNamespaces: ['shop', 'no-such-namespace'] } },
  'no-namespace': { spec: { includedNamespaces: [''] } },

  // The older family of resource filters
  'cluster-resources-true': { spec: { includedNamespaces: ['shop'], includeClusterResources: true } },
  'cluster-resources-false': { spec: { includedNamespaces: ['shop'], includeClusterResources: false } },
  'all-cluster-resources-false': { spec: { includeClusterResources: false } },
  'all-cluster-resources-true': { spec: { includeClusterResources: true } },
  resources: { spec: { includedNamespaces: shops, includedResources: ['configmaps', 'secrets'] } },
  'short-names': { spec: { includedNamespaces: shops, includedResources: ['cm', 'pvc', 'deploy', 'gad'] } },
  'singular-and-kind': { spec: { includedNamespaces: shops, includedResources: ['configmap', 'Gadget'] } },
  'qualified-names': {
    spec: {
      includedNamespaces: shops,
      includedResources: ['services.mesh.example.com', 'gadgets.factory.example.com', 'deployments.apps'],
    },
  },
  'same-plural': { spec: { includedNamespaces: ['shop'], includedResources: ['services'] } },
  'star-resources': { spec: { includedNamespaces: ['desk'], includedResources: ['*'] } },
  'excluded-resources': { spec: { includedNamespaces: shops, excludedResources: ['secrets', 'events'] } },
  'excluded-resources-everywhere': { spec: { excludedResources: ['secrets', 'leases', 'nodes'] } },
  'pods-with-related': { spec: { includedNamespaces: ['shop'], includedResources: ['pods'] } },
  'pods-related-named': {
    spec: {
      includedNamespaces: ['shop'],
      includedResources: ['pods', 'persistentvolumeclaims', 'persistentvolumes'],
    },
  },
  'claims-without-volumes': {
    spec: {
      includedNamespaces: ['shop'],
      includedResources: ['persistentvolumeclaims'],
      includeClusterResources: false,
    },
  },
  'claims-volumes-excluded': {
    spec: { includedNamespaces: ['shop'], excludedResources: ['persistentvolumes'] },
  },
  'claims-cluster-resources-true': {
    spec: {
      includedNamespaces: ['shop'],
      includedResources: ['persistentvolumeclaims'],
      includeClusterResources: true,
    },
  },
  accounts: { spec: { includedNamespaces: ['shop', 'desk'], includedResources: ['serviceaccounts'] } },
  'accounts-cluster-resources-true': {
    spec: {
      includedNamespaces: ['shop'],
      includedResources: ['serviceaccounts'],
      includeClusterResources: true,
    },
  },
  'accounts-roles-excluded': {
    spec: { includedNamespaces: ['shop'], excludedResources: ['clusterroles'] },
  },
  'only-cluster-scoped': { spec: { includedResources: ['persistentvolumes', 'clusterroles', 'depots'] } },
  'cluster-scoped-of-one-namespace': {
    spec: { includedNamespaces: ['shop'], includedResources: ['persistentvolumes', 'storageclasses'] },
  },
  'namespaces-only': { spec: { includedResources: ['namespaces'] } },
  'namespaces-excluded': { spec: { includedNamespaces: ['shop'], excludedResources: ['namespaces'] } },
  'definitions-excluded': {
    spec: { includedNamespaces: ['shop'], excludedResources: ['customresourcedefinitions'] },
  },
  'definitions-only': { spec: { includedResources: ['crd'] } },
  'events-by-their-older-name': { spec: { includedNamespaces: ['shop'], includedResources: ['events'] } },
  'events-by-their-newer-name': {
    spec: { includedNamespaces: ['shop'], includedResources: ['events.events.k8s.io'] },
  },
  'snapshots-by-name': {
    spec: { includedNamespaces: ['shop'], includedResources: ['volumesnapshots', 'cm'] },
  },
  'resource-glob': { spec: { includedNamespaces: ['shop'], includedResources: ['*.example.com'] } },
  'excluded-resource-glob': { spec: { includedNamespaces: ['shop'], excludedResources: ['*.example.com'] } },
  'unknown-resource': {
    spec: { includedNamespaces: ['shop'], includedResources: ['configmaps', 'no-such'] },
  },
  'only-unknown-resource': { spec: { includedNamespaces: ['shop'], includedResources: ['no-such'] } },
  'unknown-excluded-resource': { spec: { includedNamespaces: ['shop'], excludedResources: ['no-such'] } },

  // The family that goes by scope
  'namespaced-resources': {
    spec: { includedNamespaces: shops, includedNamespaceScopedResources: ['configmaps', 'pods'] },
  },
  'namespaced-star': { spec: { includedNamespaces: ['shop'], includedNamespaceScopedResources: ['*'] } },
  'namespaced-excluded': {
    spec: { includedNamespaces: ['shop'], excludedNamespaceScopedResources: ['secrets', 'pods'] },
  },
  'namespaced-excluded-everywhere': { spec: { excludedNamespaceScopedResources: ['secrets'] } },
  'namespaced-all-excluded': { spec: { excludedNamespaceScopedResources: ['*'] } },
  'cluster-resources-named': {
    spec: { includedNamespaces: ['shop'], includedClusterScopedResources: ['storageclasses', 'depots'] },
  },
  'cluster-star': { spec: { includedNamespaces: ['desk'], includedClusterScopedResources: ['*'] } },
  'cluster-excluded': {
    spec: { includedNamespaces: ['shop'], excludedClusterScopedResources: ['persistentvolumes'] },
  },
  'cluster-all-excluded': {
    spec: { includedNamespaces: ['shop'], excludedClusterScopedResources: ['*'] },
  },
  'cluster-excluded-everywhere': { spec: { excludedClusterScopedResources: ['clusterroles', 'crd'] } },
  'both-scopes': {
    spec: {
      includedNamespaces: shops,
      includedNamespaceScopedResources: ['configmaps', 'gadgets'],
      includedClusterScopedResources: ['priorityclasses'],
      excludedClusterScopedResources: ['crd'],
    },
  },
  'wrong-scope': {
    spec: {
      includedNamespaces: ['shop'],
      includedNamespaceScopedResources: ['configmaps', 'storageclasses'],
    },
  },
  'scoped-unknown': {
    spec: { includedNamespaces: ['shop'], includedClusterScopedResources: ['no-such'] },
  },

  // Labels
  label: { spec: { labelSelector: web } },
  'label-in-namespaces': { spec: { includedNamespaces: shops, labelSelector: web } },
  'label-expression': { spec: { includedNamespaces: shops, labelSelector: notDb } },
  'label-of-nothing': {
    spec: { includedNamespaces: ['shop'], labelSelector: { matchLabels: { app: 'none' } } },
  },
  'label-cluster-resources-true': {
    spec: { includedNamespaces: ['shop'], labelSelector: web, includeClusterResources: true },
  },
  'label-of-namespaces': { spec: { labelSelector: { matchLabels: { team: 'blue' } } } },
  'label-of-a-pod': { spec: { includedNamespaces: ['shop'], labelSelector: { matchLabels: { app: 'db' } } } },
  'or-labels': {
    spec: {
      includedNamespaces: ['shop', 'desk'],
      orLabelSelectors: [web, { matchLabels: { tier: 'back' } }, { matchLabels: { tier: 'front' } }],
    },
  },
  'or-labels-everywhere': { spec: { orLabelSelectors: [web, { matchLabels: { team: 'green' } }] } },
  'label-exists': {
    spec: { labelSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } },
  },

  // Order
  ordered: {
    spec: {
      includedNamespaces: shops,
      orderedResources: { configmaps: 'shop-test/settings,shop/notes', persistentvolumes: 'spare' },
    },
  },
  'ordered-missing': {
    spec: {
      includedNamespaces: ['shop'],
      orderedResources: { configmaps: 'shop/none,desk/form,shop/notes' },
    },
  },
  'ordered-short-name': { spec: { includedNamespaces: ['shop'], orderedResources: { cm: 'shop/notes' } } },

  // Resource policies
  'policy-lists': {
    spec: { includedNamespaces: ['shop'] },
    policy: `version: v1
includeExcludePolicy:
  includedNamespaceScopedResources: [configmaps, gadgets.factory.example.com]
  includedClusterScopedResources: [depots]
  excludedClusterScopedResources: [crd]
`,
  },
  'policy-lists-beside-own': {
    spec: { includedNamespaces: ['shop'], includedNamespaceScopedResources: ['secrets'] },
    policy: `version: v1
includeExcludePolicy:
  includedNamespaceScopedResources: [configmaps]
  excludedNamespaceScopedResources: [secrets]
`,
  },
  'policy-cluster-filter': {
    spec: { includedNamespaces: ['shop'], includedClusterScopedResources: ['depots', 'priorityclasses'] },
    policy: `version: v1
clusterScopedFilterPolicy:
  resourceFilters:
    - kinds: [priorityclasses]
      names: ['urg*']
    - kinds: [depots]
      labelSelector: { matchLabels: { app: web } }
`,
  },
  'policy-namespaced-filter': {
    spec: { includedNamespaces: ['shop', 'desk'] },
    policy: `version: v1
namespacedFilterPolicies:
  - namespaces: [shop]
    resourceFilters:
      - kinds: [configmaps]
        excludedNames: ['no*']
      - kinds: [secrets]
        names: [key]
`,
  },
  'policy-catch-all': {
    spec: { includedNamespaces: ['shop*'] },
    policy: `version: v1
namespacedFilterPolicies:
  - namespaces: ['shop*']
    resourceFilters:
      - kinds: [pods]
        names: [none]
      - labelSelector: { matchLabels: { app: web } }
`,
  },
  'policy-everywhere': {
    spec: {},
    policy: `version: v1
namespacedFilterPolicies:
  - namespaces: [vault, 'kube-*']
    resourceFilters:
      - kinds: [configmaps]
        orLabelSelectors: [{ matchLabels: { app: web } }, { matchLabels: { app: db } }]
  - namespaces: [shop]
    resourceFilters:
      - kinds: ['*']
        labelSelector: { matchLabels: { app: db } }
`,
  },
  'policy-related': {
    spec: { includedNamespaces: ['shop'] },
    policy: `version: v1
namespacedFilterPolicies:
  - namespaces: [shop]
    resourceFilters:
      - kinds: [pods, serviceaccounts]
clusterScopedFilterPolicy:
  resourceFilters:
    - kinds: [persistentvolumes]
      excludedNames: [shop-data]
`,
  },
  'policy-with-the-older-family': {
    spec: { includedNamespaces: ['shop'], includedResources: ['configmaps'] },
    policy: `version: v1
includeExcludePolicy:
  includedNamespaceScopedResources: [secrets]
`,
  },
  'policy-volumes': {
    spec: { includedNamespaces: ['shop'] },
    policy: `version: v1
volumePolicies:
  - conditions: { storageClass: [none] }
    action: { type: skip }
`,
  },
};

/** Once the namespace `vault` is labelled to be left out. */
export const casesWithLabel: Readonly<Record<string, Case>> = {
  'labelled-everything': { spec: {} },
  'labelled-named': { spec: { includedNamespaces: ['vault', 'desk'] } },
  'labelled-glob': { spec: { includedNamespaces: ['v*', 'desk'] } },
  'labelled-elsewhere': { spec: { includedNamespaces: ['shop'] } },
  'labelled-cluster-resources-true': { spec: { includeClusterResources: true } },
  'labelled-only-cluster-scoped': { spec: { includedResources: ['persistentvolumes', 'depots'] } },
  'labelled-by-scope': { spec: { excludedNamespaceScopedResources: ['secrets'] } },
  'labelled-selector': { spec: { labelSelector: web } },
};
