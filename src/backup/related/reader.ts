import type { RunReport } from '#archive/runs/run-report.ts';
import { describeThrown, isAbort } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { listAt, textAt } from '#kube/fields.ts';
import { formatKey, type GroupResource, type KubeObject, type ObjectKey } from '#kube/objects.ts';
import { relatedTexts } from './messages.ts';

/** A ClusterRoleBinding, by what it joins. */
export interface Grant {
  readonly binding: string;
  readonly clusterRole: string;
}

/**
 * What the relations ask of the live cluster. One is made for each run and remembers what it has listed, as names
 * only. What cannot be listed is reported once, as an error of the run, and then counts as empty.
 */
export interface RelatedReader {
  /** The ClusterRoleBindings that name a service account. */
  grantsTo(account: ObjectKey): Promise<readonly Grant[]>;
  /** The names of the SecurityContextConstraints (OpenShift) that name a service account among their users. */
  constraintsOn(account: ObjectKey): Promise<readonly string[]>;
}

export interface RelatedReaderOptions {
  readonly api: Pick<KubeApi, 'discover' | 'list'>;
  readonly report: RunReport;
  readonly signal?: AbortSignal | undefined;
}

/** The types that belong to service accounts without being in their namespace. */
export const accountTypes = {
  bindings: 'clusterrolebindings.rbac.authorization.k8s.io',
  roles: 'clusterroles.rbac.authorization.k8s.io',
  constraints: 'securitycontextconstraints.security.openshift.io',
} as const satisfies Record<string, GroupResource>;

/** A reader over a live cluster. An abort rejects with the signal's reason. */
export function liveRelatedReader(options: RelatedReaderOptions): RelatedReader {
  const grants = once(() => indexed(options, accountTypes.bindings, accountsBound, grantOf));
  const constraints = once(() =>
    indexed(options, accountTypes.constraints, accountsAllowed, object => object.metadata.name),
  );
  return {
    grantsTo: async account => (await grants()).get(formatKey(account)) ?? [],
    constraintsOn: async account => (await constraints()).get(formatKey(account)) ?? [],
  };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= work());
}

type Index<T> = ReadonlyMap<string, readonly T[]>;

/** Every object of a type, by the service accounts (`ns/name`) that it names. */
async function indexed<T>(
  { api, report, signal }: RelatedReaderOptions,
  resource: GroupResource,
  accountsOf: (object: KubeObject) => Iterable<string>,
  summary: (object: KubeObject) => T,
): Promise<Index<T>> {
  const index = new Map<string, T[]>();
  try {
    const type = (await api.discover({ signal })).byName(resource);
    if (type === undefined) return index;
    for await (const object of api.list(type, { signal })) {
      for (const account of new Set(accountsOf(object))) append(index, account, summary(object));
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    if (isAbort(thrown)) throw thrown;
    report.error(relatedTexts.unlisted({ resource, reason: describeThrown(thrown) }), { resource });
  }
  return index;
}

function append<T>(index: Map<string, T[]>, account: string, value: T): void {
  const known = index.get(account);
  if (known === undefined) index.set(account, [value]);
  else known.push(value);
}

function grantOf(binding: KubeObject): Grant {
  return { binding: binding.metadata.name, clusterRole: textAt(binding, 'roleRef', 'name') ?? '' };
}

function* accountsBound(binding: KubeObject): Generator<string> {
  for (const subject of listAt(binding, 'subjects')) {
    const name = textAt(subject, 'name') ?? '';
    const kind = textAt(subject, 'kind');
    if (kind === 'ServiceAccount') yield formatKey({ namespace: textAt(subject, 'namespace'), name });
    else if (kind === 'User') yield* accountOfUser(name);
  }
}

function* accountsAllowed(constraints: KubeObject): Generator<string> {
  for (const user of listAt(constraints, 'users')) {
    if (typeof user === 'string') yield* accountOfUser(user);
  }
}

/** `system:serviceaccount:NS:NAME` is how a service account is called where users are named. */
function* accountOfUser(user: string): Generator<string> {
  const [system, kind, namespace, name, ...rest] = user.split(':');
  if (system !== 'system' || kind !== 'serviceaccount' || name === undefined || rest.length > 0) return;
  yield formatKey({ namespace, name });
}
