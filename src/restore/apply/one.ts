import { isHozonError } from '#foundation/errors.ts';
import { groupResource, type KubeObject, keyOf, type ObjectKey } from '#kube/objects.ts';
import { decide } from '../decide/decide.ts';
import type { Create, Decision } from '../decide/decision.ts';
import { skipReasons } from '../decide/reasons.ts';
import type { Item } from '../item.ts';
import { note } from '../notes.ts';
import type { Outcome } from '../outcomes.ts';
import type { PlanChange } from '../plan/performed.ts';
import { restoreOwners } from './owners.ts';
import { isUnheardPriority } from './priority-classes.ts';
import { suited } from './pull-secrets.ts';
import { refusalOf } from './refusal.ts';
import { restoreMissingStatus, restoreStatus } from './status.ts';
import { fieldManager, keyIn, nameIn, report, subjectOf, type Target } from './target.ts';

/** How often a decision is taken again because somebody else wrote in between. */
const mostTries = 5;

/** Before the first of these tries, doubled before each other. Milliseconds. */
const firstWait = 100;

/**
 * Decides about one item and carries it out. It is created without looking first, unless a quota counts what is
 * created; only where that is refused is the object of its name looked at (a quota or a webhook may refuse what is
 * there already), and decided about.
 * Whatever the server says of the object is reported, never thrown.
 */
export async function applyItem(item: Item, target: Target): Promise<Outcome> {
  let live = await firstLook(item, target);
  for (let tries = 1; ; tries++) {
    target.signal?.throwIfAborted();
    const decision = decide(item, live, target.context);
    const change = target.performed?.change({ item, live, decision });
    if (change !== undefined) return changed(change, item, target);
    try {
      return await carryOut(decision, { item, live }, target);
    } catch (thrown) {
      const reason = refusalOf(thrown, target.signal);
      live = await look(decision, item, target);
      if (decision.action === 'create' && live !== undefined) continue;
      const waits = tries < mostTries && (await isPassing(thrown, { item, decision }, target));
      if (!waits) return refused(decision, item, reason, target);
      await target.clock.sleep(firstWait * 2 ** (tries - 1), target.signal);
    }
  }
}

/**
 * Refusals that say that something moved: the object itself, a quota that others count in too, a type or a priority
 * class so new that not every server of the cluster has it.
 */
async function isPassing(
  thrown: unknown,
  { item, decision }: { readonly item: Item; readonly decision: Decision },
  target: Target,
): Promise<boolean> {
  const codes = ['kube.already-exists', 'kube.conflict', 'kube.not-found'];
  if (codes.some(code => isHozonError(thrown, code))) return true;
  if (decision.action !== 'create') return false;
  return isUnheardPriority(thrown, { item, object: decision.object }, target);
}

async function carryOut(
  decision: Decision,
  { item, live }: { readonly item: Item; readonly live: KubeObject | undefined },
  target: Target,
): Promise<Outcome> {
  const { api, context, signal } = target;
  const { type } = item;
  const subject = subjectOf(type, nameIn(item, target));
  const options = { fieldManager, signal };
  if (decision.action === 'create') {
    const object = await suited(decision.object, item, target);
    await afterCreation(await api.create(type, object, options), { item, decision }, target);
  }
  if (decision.action === 'update') {
    await api.patch(type, keyOf(live ?? nameIn(item, target)), guarded(decision.patch, live), options);
  }
  if (decision.reason === 'exists-same' && live !== undefined) {
    await restoreMissingStatus(item, live, target);
  }
  target.report.info(say(decision, context.restoreName), subject);
  for (const found of decision.notes) report(target, found, subject);
  return outcomeOf(decision);
}

/** What a new object is given, or has to be told of. It is there whatever goes wrong here. */
async function afterCreation(
  created: KubeObject,
  { item, decision }: { readonly item: Item; readonly decision: Decision & Create },
  target: Target,
): Promise<void> {
  const { type } = item;
  await restoreStatus({ item, created, wanted: decision.object }, target);
  await restoreOwners(item, created, target);
  if (groupResource(type) === 'pods') target.hooks.created(created);
}

function outcomeOf(decision: Decision): Outcome {
  switch (decision.action) {
    case 'create':
      return 'created';
    case 'update':
      return 'updated';
    case 'skip':
      return 'skipped';
    case 'keep':
      return decision.reason === 'exists-deleting' ? 'failed' : 'skipped';
    case 'refuse':
      return 'failed';
  }
}

/** For the log, which is English. */
function say(decision: Decision, restore: string): string {
  switch (decision.action) {
    case 'create':
      return `created by restore ${restore}${by(decision)}`;
    case 'update':
      return `updated: ${decision.reason}${by(decision)}`;
    case 'skip': {
      const by = decision.by === undefined ? '' : ` (${decision.by})`;
      return `skipped: ${skipReasons[decision.reason].en()}${by}`;
    }
    case 'keep':
      return `left as it is: ${decision.reason}`;
    case 'refuse':
      return `not restored: ${decision.reason}`;
  }
}

function by({ modifiers = [] }: Decision): string {
  const rules = modifiers.length === 1 ? 'rule' : 'rules';
  return modifiers.length === 0
    ? ''
    : `, changed by ${rules} ${modifiers.join(', ')} of the resource modifier`;
}

/** A merge patch that is refused where the object has changed since it was read: it replaces whole lists. */
function guarded(
  patch: Readonly<Record<string, unknown>>,
  live: KubeObject | undefined,
): { type: 'merge'; body: Record<string, unknown> } {
  const resourceVersion = live?.metadata.resourceVersion;
  const metadata = { ...(patch['metadata'] as object | undefined), resourceVersion };
  return { type: 'merge', body: { ...patch, metadata } };
}

async function look(decision: Decision, item: Item, target: Target): Promise<KubeObject | undefined> {
  if (decision.action !== 'create' && decision.action !== 'update') return undefined;
  return lookAt(decision.action === 'create' ? keyOf(decision.object) : keyIn(item, target), item, target);
}

async function firstLook(item: Item, target: Target): Promise<KubeObject | undefined> {
  if (target.performed?.looksFirst(item) === true) return lookAt(keyIn(item, target), item, target);
  const { namespace } = keyIn(item, target);
  if (namespace === undefined || (await target.quotas?.(namespace)) !== true) return undefined;
  return look(decide(item, undefined, target.context), item, target);
}

async function lookAt(key: ObjectKey, item: Item, { api, signal }: Target): Promise<KubeObject | undefined> {
  try {
    return await api.get(item.type, key, { signal });
  } catch (thrown) {
    refusalOf(thrown, signal);
    return undefined;
  }
}

function changed(change: PlanChange, item: Item, target: Target): Outcome {
  report(target, note('plan-changed', { ...change }), subjectOf(item.type, nameIn(item, target)));
  return 'failed';
}

function refused(decision: Decision, item: Item, reason: string, target: Target): Outcome {
  const there = nameIn(item, target);
  const code = decision.action === 'update' ? 'update-refused' : 'refused';
  report(target, note(code, { reason }), subjectOf(item.type, there));
  const causes = decision.notes.filter(({ severity }) => severity === 'error');
  for (const found of causes) report(target, found, subjectOf(item.type, there));
  return 'failed';
}
