import type { Restore } from '#api/velero/restore.ts';
import { mapConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import { noProgress } from '#foundation/progress.ts';
import { registryNamespaces } from '#kube/internal-registry.ts';
import {
  apiVersionOf,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import { servedType } from '../apply/target.ts';
import { typeInCluster, typesOfObjects } from '../apply/types.ts';
import { type OpenOptions, type OpenRestore, openRestore } from '../open.ts';
import { isNamespaces } from '../scope.ts';
import { type DecideSources, decideOne, namesOf, plannedItem, writtenObject } from './decided.ts';
import { PlannedTypes } from './definitions.ts';
import { digest } from './digest.ts';
import { compileFiltered } from './filtered.ts';
import { finding, type PlanFinding } from './findings.ts';
import { gathering } from './gathered.ts';
import { type Imagined, imagine } from './imagined.ts';
import { PlannedNamespaces } from './namespaces.ts';
import type { PlanAsks, PlannedItem, RestorePlan } from './plan.ts';
import { Preflight } from './preflight/preflight.ts';
import type { PlanReason } from './reasons.ts';

/** Objects of one type that are looked at at the same time. */
const atOnce = 20;

export interface PlanOptions extends OpenOptions {
  /** Phases `read` and `check`. */
  readonly progress?: OpenOptions['progress'];
}

/**
 * Finds out what the restore that is asked for would do, object by object and with the same decisions, and what it
 * would find missing. Touches nothing. Throws as `createRestore` does before it touches anything.
 */
export async function planRestore(asked: Restore, options: PlanOptions): Promise<RestorePlan> {
  await using opened = await openRestore(asked, options);
  const preflight = await Preflight.begin(options);
  const { items, findings } = await planItems(opened, options, preflight);
  return {
    kind: 'RestorePlan',
    version: 1,
    restore: opened.wanted,
    backup: { name: opened.request.backupName, digest: opened.digest },
    server: options.api.server,
    items,
    findings: [...findings, ...(await preflight.finish())],
    asks: await asksOf(opened, options),
    notes: opened.notes,
  };
}

async function asksOf(
  { context: { registry, changes } }: Pick<OpenRestore, 'context'>,
  options: Pick<PlanOptions, 'api' | 'signal'>,
): Promise<PlanAsks> {
  return {
    ...(registry === undefined ? {} : { registryIn: await present(registryNamespaces, options) }),
    pullSecrets: registry?.here !== undefined,
    storageClasses: changes.storageClasses.size > 0,
  };
}

/** Those of the namespaces that there are, as far as that may be known: no Role can be made in any other. */
async function present(
  names: readonly string[],
  { api, signal }: Pick<PlanOptions, 'api' | 'signal'>,
): Promise<string[]> {
  const type = await servedType({ api, signal }, 'namespaces');
  const found: string[] = [];
  for (const name of names) {
    try {
      if ((await api.get(type, { name }, { signal })) !== undefined) found.push(name);
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
      found.push(name);
    }
  }
  return found;
}

export interface PlannedItems {
  readonly items: readonly PlannedItem[];
  /** About types and namespaces. */
  readonly findings: readonly PlanFinding[];
}

/** What becomes of every object of an opened backup. `preflight` is told of what is to be sent. */
export async function planItems(
  opened: OpenRestore,
  options: Pick<PlanOptions, 'api' | 'progress' | 'signal'>,
  preflight?: Pick<Preflight, 'note'>,
): Promise<PlannedItems> {
  const { archive, context, scope } = opened;
  const { signal, progress = noProgress } = options;
  const api = imagine(gathering(options.api));
  const type = await servedType(options, 'namespaces');
  const namespaces = new PlannedNamespaces({ api, archive, context, type, signal });
  let done = 0;
  const tell = (): void =>
    progress({ phase: 'check', done: ++done, total: Math.max(done, scope.total), unit: 'items' });
  const round: Round = {
    opened,
    api,
    namespaces,
    types: new PlannedTypes(),
    preflight,
    signal,
    tell,
    findings: [],
  };
  const items: PlannedItem[] = [];
  for (const each of scope.types) items.push(...(await planType(each, round)));
  const made = await namespaces.all();
  const terminating = made.filter(({ isTerminating }) => isTerminating);
  return {
    items: [...made.map(({ item }) => item), ...items, ...(await filteredItems(opened, signal))],
    findings: [
      ...terminating.map(({ item }) => finding('namespace-terminating', { namespace: item.name })),
      ...round.findings,
    ],
  };
}

interface Round {
  readonly opened: OpenRestore;
  readonly api: Imagined;
  readonly namespaces: PlannedNamespaces;
  readonly types: PlannedTypes;
  readonly preflight: Pick<Preflight, 'note'> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly tell: () => void;
  readonly findings: PlanFinding[];
}

async function planType(archived: ResourceType, round: Round): Promise<PlannedItem[]> {
  const { opened, types, findings } = round;
  const find = (stored: ResourceType) => typeInCluster(stored, opened.cluster) ?? types.find(stored);
  const type = find(archived);
  if (type === undefined) return planUnserved(archived, round);
  const typeOf = typesOfObjects(
    archived,
    stored => find(stored) ?? type,
    other => findings.push(finding('type-other-version', { ...other })),
  );
  round.api.expect(type, expectedKeys(archived, opened));
  const planned: PlannedItem[] = [];
  const items = mapConcurrent(objectsOf(archived, round), atOnce, object =>
    planObject(typeOf(object), object, round),
  );
  for await (const item of items) {
    round.tell();
    if (item !== undefined) planned.push(item);
  }
  return planned;
}

/** Under which keys the objects of a type that may be restored are looked up in the cluster. */
function* expectedKeys(
  archived: ResourceType,
  { archive, scope, context }: Pick<OpenRestore, 'archive' | 'scope' | 'context'>,
): Generator<ObjectKey> {
  for (const key of archive.keys(archived)) {
    if (!scope.mayHave(archived, key)) continue;
    const { namespace, name } = key;
    yield namespace === undefined ? { name } : { namespace: context.mapNamespace(namespace), name };
  }
}

async function planUnserved(archived: ResourceType, round: Round): Promise<PlannedItem[]> {
  const { opened, findings } = round;
  const planned: PlannedItem[] = [];
  for await (const object of objectsOf(archived, round)) {
    round.tell();
    planned.push(withoutLook({ type: archived, object }, 'type-not-served', opened));
  }
  const resource = groupResource(archived);
  if (planned.length > 0) findings.push(finding('type-not-served', { resource, objects: planned.length }));
  return planned;
}

/** The objects of a type that the scope has. */
async function* objectsOf(type: ResourceType, { opened, signal }: Round): AsyncGenerator<KubeObject> {
  for await (const object of opened.archive.read(type, { signal })) {
    if (opened.scope.has(type, object)) yield object;
  }
}

/** `undefined` for a namespace, which is told of with the others. */
async function planObject(
  type: ResourceType,
  object: KubeObject,
  round: Round,
): Promise<PlannedItem | undefined> {
  const { opened, api, namespaces, preflight, signal } = round;
  const { archive, context, scope, volumeInfos } = opened;
  if (isNamespaces(type)) {
    await namespaces.ensure(object.metadata.name);
    return undefined;
  }
  const place = type.namespaced ? await namespaces.ensure(object.metadata.namespace ?? '') : undefined;
  const { archived, selection } = scope;
  const sources: DecideSources = { archive, archived, selection, api, volumeInfos, context, signal };
  const isNew = place?.isNew === true || !isThere(type, opened);
  const decided = await decideOne({ type, object }, isNew, sources);
  const written = writtenObject(decided);
  if (written !== undefined) {
    const action = decided.decision.action === 'create' ? 'create' : 'update';
    const namespaceLabels = place && (place.object.metadata.labels ?? {});
    preflight?.note({ type, object: written, action, namespaceLabels });
    api.note(type, written);
    if (groupResource(type) === 'customresourcedefinitions.apiextensions.k8s.io') round.types.note(written);
  }
  return plannedItem(decided, context);
}

/** A type that the restore itself defines has no objects yet. */
function isThere(type: ResourceType, { cluster }: OpenRestore): boolean {
  return cluster.byName(groupResource(type)) !== undefined;
}

/** An entry for an object that is not looked at. */
function withoutLook(
  item: { readonly type: ResourceType; readonly object: KubeObject },
  reason: PlanReason,
  { context }: Pick<OpenRestore, 'context'>,
): PlannedItem {
  const action = reason === 'type-not-served' ? 'conflict' : 'skip';
  return { ...namesOf(item, context), action, reason, digest: digest({ reason }) };
}

/** The objects that filters leave out, by their keys; only where labels decide are they read. */
async function filteredItems(opened: OpenRestore, signal: AbortSignal | undefined): Promise<PlannedItem[]> {
  const { archive, scope, request } = opened;
  const why = compileFiltered(opened);
  const items: PlannedItem[] = [];
  for (const type of await archive.types({ signal })) {
    const leave = (metadata: KubeObject['metadata'], reason: PlanReason): void => {
      const object = { apiVersion: apiVersionOf(type), kind: type.kind, metadata };
      items.push(withoutLook({ type, object }, reason, opened));
    };
    for (const { namespace, name } of archive.keys(type)) {
      const reason = why(type, { namespace, name });
      if (reason !== undefined) leave(namespace === undefined ? { name } : { namespace, name }, reason);
    }
    if (request.selectors.length === 0) continue;
    for await (const { metadata } of archive.read(type, { signal })) {
      const { namespace, name } = metadata;
      const object = { apiVersion: apiVersionOf(type), kind: type.kind, metadata };
      if (why(type, metadata) !== undefined || scope.has(type, object)) continue;
      leave(namespace === undefined ? { name } : { namespace, name }, 'filter-labels');
    }
  }
  return items;
}
