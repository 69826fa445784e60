import { type Case, cases, casesWithLabel } from './specs.ts';

/** One item that is in the archive of only one of them, or the phase, where both end in another. */
export interface Difference {
  readonly name: string;
  readonly case: Case;
  /** Who has the item; `phase` where it is not about an item. */
  readonly only: 'velero' | 'hozon' | 'phase';
  /** `pods ns/name`, or `Completed/PartiallyFailed`: Velero's phase and Hozon's. */
  readonly what: string;
  /** Cluster-scoped, as the item's path says. */
  readonly clusterScoped: boolean;
}

/** Why a difference is meant. `docs/guides/velero.md` tells each of them to users. */
export interface Exception {
  readonly title: string;
  readonly reason: string;
  readonly explains: (difference: Difference) => boolean;
}

/** Each as narrow as what it explains; the first that fits counts. */
export const exceptions: readonly Exception[] = [
  {
    title: 'names that mean nothing are refused',
    reason:
      'a name that the cluster does not know may be a slip; Velero makes a backup without what it meant',
    explains: ({ name, only, what }) =>
      ['unknown-resource', 'only-unknown-resource', 'wrong-scope', 'scoped-unknown'].includes(name) &&
      (only === 'velero' || what === 'Completed/FailedValidation'),
  },
  {
    title: 'no namespace is not a failure',
    reason:
      'an empty name is the way to ask for none; Velero looks for a namespace of that name and counts an error',
    explains: ({ name, what }) => name === 'no-namespace' && what === 'PartiallyFailed/Completed',
  },
  {
    title: 'a namespace that is named and labelled to be left out',
    reason:
      'its label counts, with a warning, and the other namespaces are backed up; Velero refuses the Backup',
    explains: ({ name, only, what }) =>
      name === 'labelled-named' && (only === 'hozon' || what === 'FailedValidation/Completed'),
  },
  {
    title: 'cluster-scoped objects of a backup of everything',
    reason:
      'without lists of resources a backup of all namespaces has them, as Velero documents; Velero 1.18.3 counts the types of snapshots that it excludes by itself, and namespaces excluded by their label, as excludes of the user, and then leaves them out',
    explains: ({ case: { spec }, only, clusterScoped, what }) =>
      only === 'hozon' && clusterScoped && isOfEverything(spec) && !what.startsWith('namespaces '),
  },
  {
    title: 'definitions that a selector does not fit',
    reason:
      'since definitions are among the cluster-scoped objects of a backup of everything, the selector counts for them as for all; Velero brings those of the custom resources along, since it leaves out the others',
    explains: ({ case: { spec }, only, what }) =>
      only === 'velero' &&
      what.startsWith('customresourcedefinitions.apiextensions.k8s.io ') &&
      isOfEverything(spec) &&
      hasSelector(spec),
  },
  {
    title: 'all namespaces beside a selector',
    reason:
      'a selector takes the namespaces that it fits and those of what it fits; in Velero one namespace that is excluded by its label makes it take all namespaces',
    explains: ({ name, only, what }) =>
      name in casesWithLabel &&
      only === 'velero' &&
      what.startsWith('namespaces ') &&
      hasSelector(cases[name]?.spec ?? casesWithLabel[name]?.spec),
  },
  {
    title: 'a service account that is bound as a user',
    reason:
      'a binding that names the account as user system:serviceaccount:NAMESPACE:NAME gives it the same rights, so it and its role come along too',
    explains: ({ only, what }) =>
      only === 'hozon' &&
      [
        'clusterrolebindings.rbac.authorization.k8s.io deskclerk',
        'clusterroles.rbac.authorization.k8s.io view',
      ].includes(what),
  },
  {
    title: 'events have one name',
    reason:
      'events and events.events.k8s.io are the same objects: whichever is named, both are meant, and they are stored as events; in Velero excluding one of them stores them as the other',
    explains: ({ name, only, what }) =>
      (name === 'excluded-resources' && only === 'velero' && what.startsWith('events.events.k8s.io ')) ||
      (name === 'events-by-their-newer-name' && /^events(\.events\.k8s\.io)? /.test(what)),
  },
];

function isOfEverything(spec: Case['spec']): boolean {
  const { includedNamespaces = [], excludedNamespaces = [], includeClusterResources } = spec;
  const lists = [
    spec.excludedResources,
    spec.includedNamespaceScopedResources,
    spec.excludedNamespaceScopedResources,
    spec.includedClusterScopedResources,
    spec.excludedClusterScopedResources,
  ];
  const isOpen = [includedNamespaces, excludedNamespaces, ...lists].every(list => (list ?? []).length === 0);
  return isOpen && includeClusterResources === undefined;
}

function hasSelector(spec: Case['spec'] | undefined): boolean {
  return spec?.labelSelector !== undefined || spec?.orLabelSelectors !== undefined;
}
