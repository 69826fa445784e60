import { isHozonError } from '#foundation/errors.ts';
import { changeData } from '#kube/diff/changes.ts';
import { apiVersionOf, groupResource, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import { hasAppliedFields } from '../apply/owners.ts';
import { decide } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import { type FactSources, factsOf } from '../facts.ts';
import { asksForHooks } from '../hooks/resolve.ts';
import type { Context, Item } from '../item.ts';
import { applyMergePatch } from '../modifiers/merge-patch.ts';
import { changesOf, type Decided, digestOf } from './digest.ts';
import type { Imagined } from './imagined.ts';
import type { PlanAction, PlannedItem } from './plan.ts';

export interface DecideSources extends Omit<FactSources, 'api'> {
  readonly api: Imagined;
}

/**
 * Decides about one object as a restore does, which creates without looking and looks where there is something: by
 * the same function, with the object of the cluster where there is one. `isNew`: its namespace is yet to be made.
 */
export async function decideOne(
  item: Omit<Item, 'facts'>,
  isNew: boolean,
  sources: DecideSources,
): Promise<Decided> {
  const { api, context, signal } = sources;
  const whole: Item = { ...item, facts: await factsOf(item.type, item.object, sources) };
  const first = decide(whole, undefined, context);
  if (first.action !== 'create' || isNew) return { item: whole, live: undefined, decision: first };
  const live = await lookup(item.type, first.object, { api, signal });
  return live === undefined
    ? { item: whole, live, decision: first }
    : { item: whole, live, decision: decide(whole, live, context) };
}

/** A type that is only just to be defined answers 404 for everything. */
async function lookup(
  type: ResourceType,
  object: KubeObject,
  { api, signal }: Pick<DecideSources, 'api' | 'signal'>,
): Promise<KubeObject | undefined> {
  try {
    return await api.get(type, keyOf(object), { signal });
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.not-found')) throw thrown;
    return undefined;
  }
}

/** The object as the restore will leave it, if it writes it. */
export function writtenObject({ decision, live }: Decided): KubeObject | undefined {
  if (decision.action === 'create') return decision.object;
  if (decision.action !== 'update' || live === undefined) return undefined;
  return applyMergePatch(live, decision.patch) as KubeObject;
}

/** The decision as an entry of a plan. Pure. */
export function plannedItem(decided: Decided, context: Context): PlannedItem {
  const { item, live, decision } = decided;
  const changes = changesOf(decided, context);
  const { modifiers = [], notes } = decision;
  return {
    ...namesOf(item, context, decision),
    action: actionOf(decision),
    reason: decision.reason,
    ...(decision.action === 'skip' && decision.by !== undefined ? { by: decision.by } : {}),
    ...(modifiers.length === 0 ? {} : { modifiers }),
    ...(changes.length === 0 ? {} : { changes: changeData(changes) }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(isHooked(decided, context) ? { runsHooks: true } : {}),
    ...(decision.action === 'create' && hasAppliedFields(item.object) ? { keepsOwners: true } : {}),
    ...(live?.metadata.resourceVersion === undefined
      ? {}
      : { resourceVersion: live.metadata.resourceVersion }),
    digest: digestOf(decided, changes, context),
  };
}

function isHooked({ item, decision }: Decided, { hooks }: Context): boolean {
  if (groupResource(item.type) !== 'pods' || decision.action !== 'create') return false;
  return asksForHooks(decision.object, hooks);
}

type Names = Pick<PlannedItem, 'resource' | 'apiVersion' | 'kind' | 'namespace' | 'name' | 'from'>;

/** What an object is called in the cluster, and where it was; a modifier may give it another name. */
export function namesOf(
  { type, object }: Omit<Item, 'facts'>,
  { mapNamespace }: Pick<Context, 'mapNamespace'>,
  decision?: Decision,
): Names {
  const source = object.metadata.namespace;
  const namespace = source === undefined ? undefined : mapNamespace(source);
  const name = decision?.action === 'create' ? decision.object.metadata.name : object.metadata.name;
  return {
    resource: groupResource(type),
    apiVersion: apiVersionOf(type),
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(source === undefined || source === namespace ? {} : { from: source }),
  };
}

function actionOf(decision: Decision): PlanAction {
  switch (decision.action) {
    case 'create':
    case 'skip':
      return decision.action;
    case 'update':
      return decision.reason === 'account-merged' ? 'merge' : 'update';
    case 'keep':
    case 'refuse':
      return 'conflict';
  }
}
