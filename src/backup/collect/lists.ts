import type { RunReport } from '#archive/runs/run-report.ts';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { isListed, type Selection } from '../filters/selection.ts';
import * as finding from '../findings.ts';
import type { Item } from '../related/related.ts';
import type { Lane, ListCall, TypePlan } from './plan.ts';

export interface ListContext {
  readonly api: KubeApi;
  readonly report: RunReport;
  readonly selection: Selection;
  /** Takes objects that belong together; what it rejects ends the run. */
  readonly take: (items: readonly Item[]) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Lanes that are read at the same time. Each holds a page of objects and has the next one on its way. */
const lanesAtOnce = 4;

interface FailedList {
  readonly type: ResourceType;
  readonly call: ListCall;
  readonly thrown: unknown;
  /** Objects that came before it failed. */
  readonly read: number;
}

/**
 * Carries a plan out. A list that fails costs its objects: an error of the report for each. One whose failure may pass
 * is tried once more when all others are done, perhaps minutes later.
 */
export async function runLists(lanes: readonly Lane[], context: ListContext): Promise<void> {
  const failed: FailedList[] = [];
  await forEachConcurrent(lanes, lanesAtOnce, async lane => {
    for (const plan of lane) failed.push(...(await runType(plan, context)));
  });
  await forEachConcurrent(failed, lanesAtOnce, async first => {
    const again = isPassing(first) ? await runList(first.type, first.call, context) : first;
    if (again === undefined) return;
    const read = Math.max(first.read, again.read);
    reportFailed({ ...again, read }, context.report);
  });
}

function reportFailed({ type, call, thrown, read }: FailedList, report: RunReport): void {
  const subject = { resource: groupResource(type) };
  if (isHozonError(thrown, 'kube.not-found')) report.warning(finding.typeGone(thrown), subject);
  else report.error(finding.listFailed(thrown, call.namespace, read), subject);
}

/** An answer that makes no sense may have been cut short by something on the way. */
function isPassing({ thrown }: FailedList): boolean {
  return isHozonError(thrown) && (thrown.retry === 'later' || thrown.code === 'kube.bad-response');
}

async function runType(plan: TypePlan, context: ListContext): Promise<FailedList[]> {
  const { type } = plan;
  if (plan.first.length > 0) await takeFirst(plan, context);
  const failed: FailedList[] = [];
  for (const call of plan.lists) {
    const failure = await runList(type, call, context);
    if (failure === undefined) continue;
    const later = isPassing(failure) ? '; it is tried again at the end' : '';
    context.report.info(`a list failed${later}: ${describeThrown(failure.thrown)}`, {
      resource: groupResource(type),
      namespace: call.namespace,
    });
    failed.push(failure);
  }
  return failed;
}

/** Stores the objects that orderedResources names, together and in its order. */
async function takeFirst({ type, first }: TypePlan, context: ListContext): Promise<void> {
  const { api, report, selection, signal } = context;
  const block: Item[] = [];
  for (const key of first) {
    const subject = { resource: groupResource(type), namespace: key.namespace, name: key.name };
    try {
      const object = await api.get(type, key, { signal });
      if (object !== undefined && isListed(selection, type, object)) block.push({ type, object });
      else report.warning(finding.orderedMissing, subject);
    } catch (thrown) {
      passOn(thrown, signal);
      report.warning(finding.notRead(thrown), subject);
    }
  }
  await context.take(block);
}

/** `undefined` where the whole list was read. */
async function runList(
  type: ResourceType,
  call: ListCall,
  { api, take, selection, signal }: ListContext,
): Promise<FailedList | undefined> {
  let failure: FailedList | undefined;
  let read = 0;
  async function* objects(): AsyncGenerator<KubeObject> {
    try {
      for await (const object of api.list(type, { ...call, signal })) {
        read++;
        yield object;
      }
    } catch (thrown) {
      passOn(thrown, signal);
      failure = { type, call, thrown, read };
    }
  }
  for await (const object of objects()) {
    if (isListed(selection, type, object)) await take([{ type, object }]);
  }
  return failure;
}

/** Throws what is no answer of the cluster: an abort, a programmer's error. */
function passOn(thrown: unknown, signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  if (!isHozonError(thrown)) throw thrown;
}
