import { mapConcurrent } from '#foundation/concurrency.ts';
import { describeThrown, isAbort, isHozonError } from '#foundation/errors.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { type KubeObject, keyOf } from '#kube/objects.ts';
import { statusOf } from '#kube/status.ts';
import { raise } from './errors.ts';
import { type Finding, finding } from './findings.ts';
import { type ImportPlan, type ImportPlanOptions, type ImportStep, planImport } from './import-plan.ts';
import { additionTo, holds } from './merge.ts';
import { createProject, untilDefaultAccount } from './new-project.ts';
import { formatRef, type ObjectRef, refOf } from './object-ref.ts';
import { creationRank, isTokenSecret } from './order.ts';
import { readExport } from './read.ts';

export interface ImportOptions extends ImportPlanOptions {
  /** Add what is missing to a project that exists; without it, an existing project is an error. */
  readonly intoExisting?: boolean | undefined;
  /** Read, plan and check that the project can be made, but send nothing. */
  readonly dryRun?: boolean | undefined;
  /** Phase `create`. */
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What became of one object: `created`; `merged` (it was there, what it lacked was added); `same` (it was there
 * with the same content); `kept` (it was there and differs, and was left alone); `failed`.
 */
export type Outcome = 'created' | 'merged' | 'same' | 'kept' | 'failed';

export interface ImportedObject {
  readonly object: ObjectRef;
  readonly file: string;
  readonly outcome: Outcome;
}

export interface ImportResult {
  readonly plan: ImportPlan;
  /** One for each step of the plan; empty after a dry run. */
  readonly objects: readonly ImportedObject[];
  /** The plan's findings and those met on the way. */
  readonly findings: readonly Finding[];
}

/** Objects created at once within one rank of the creation order. */
const atOnce = 4;

/**
 * Imports what `exportProject` wrote (or any directory of manifests) into a project. An object that cannot be
 * created is reported and the rest goes on. Rejects with `projects.*` errors before anything is sent, and with the
 * `kube.*` errors that say that the server cannot be reached; run again with `intoExisting`, it goes on from there.
 */
export async function importProject(
  client: KubeApi,
  directory: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const { signal } = options;
  const files = await readExport(directory, { signal });
  const plan = planImport(files, await client.discover({ refresh: true, signal }), options);
  const exists = await projectExists(client, plan.namespace, signal);
  if (exists && options.intoExisting !== true) throw raise['project-exists']({ namespace: plan.namespace });
  if (options.dryRun === true) return { plan, objects: [], findings: plan.findings };
  return applyImport(client, plan, { ...options, create: !exists });
}

/** A forbidden look counts as absent: creating it will tell. */
async function projectExists(
  client: KubeApi,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const type = (await client.discover({ signal })).byName('namespaces');
  if (type === undefined) return false;
  try {
    return (await client.get(type, { name }, { signal })) !== undefined;
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.forbidden')) return false;
    throw thrown;
  }
}

async function applyImport(
  client: KubeApi,
  plan: ImportPlan,
  options: ImportOptions & { readonly create: boolean },
): Promise<ImportResult> {
  const { progress = noProgress, signal } = options;
  const findings: Finding[] = [...plan.findings];
  if (options.create) findings.push(...(await createProject(client, plan.project, options)));
  const objects: ImportedObject[] = [];
  let waited = false;
  for (const steps of byRank(plan.steps)) {
    if (!waited && steps.some(({ object }) => object.kind === 'Pod' || isTokenSecret(object))) {
      waited = true;
      findings.push(...(await untilDefaultAccount(client, plan.namespace, signal)));
    }
    for await (const { step, outcome, found } of mapConcurrent(steps, atOnce, async step => ({
      step,
      ...(await createOne(client, step, signal)),
    }))) {
      if (found !== undefined) findings.push(found);
      objects.push({ object: refOf(step.object), file: step.file, outcome });
      const current = formatRef(refOf(step.object));
      progress({ phase: 'create', done: objects.length, total: plan.steps.length, unit: 'items', current });
    }
  }
  return { plan, objects, findings };
}

function byRank(steps: readonly ImportStep[]): Iterable<readonly ImportStep[]> {
  return Map.groupBy(steps, creationRank).values();
}

interface Done {
  readonly outcome: Outcome;
  readonly found?: Finding | undefined;
}

async function createOne(client: KubeApi, step: ImportStep, signal: AbortSignal | undefined): Promise<Done> {
  signal?.throwIfAborted();
  try {
    await client.create(step.type, step.object, { fieldManager, signal });
    return { outcome: 'created' };
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.already-exists')) return failed(thrown, step.object, signal);
  }
  try {
    return await reconcile(client, step, signal);
  } catch (thrown) {
    return failed(thrown, step.object, signal);
  }
}

/** The name under which server-side bookkeeping lists what an import wrote. */
const fieldManager = 'hozon';

/** An answer of the server about this object is a finding; anything else ends the import. */
function failed(thrown: unknown, object: KubeObject, signal: AbortSignal | undefined): Done {
  const aborted = isAbort(thrown) || signal?.aborted === true;
  const ofServer = statusOf(thrown) !== undefined || isHozonError(thrown, 'kube.outcome-unknown');
  if (aborted || !ofServer || isHozonError(thrown, 'kube.unauthorized')) throw thrown;
  const reason = statusOf(thrown)?.message ?? describeThrown(thrown);
  return { outcome: 'failed', found: finding('create-failed', { reason }, refOf(object)) };
}

/** How often a merge begins again because a controller wrote in between. */
const mergeTries = 5;

async function reconcile(client: KubeApi, step: ImportStep, signal: AbortSignal | undefined): Promise<Done> {
  const { type, object } = step;
  const ref = refOf(object);
  const name = formatRef(ref);
  for (let tries = 1; ; tries++) {
    const there = await client.get(type, keyOf(object), { signal });
    if (there === undefined) {
      await client.create(type, object, { fieldManager, signal });
      return { outcome: 'created' };
    }
    const addition = additionTo(there, object);
    if (addition?.fields === '' || holds(there, object)) {
      return { outcome: 'same', found: finding('exists-same', { name }, ref) };
    }
    if (addition === undefined) return { outcome: 'kept', found: finding('exists-kept', { name }, ref) };
    try {
      await client.patch(type, keyOf(object), guarded(addition.patch, there), { fieldManager, signal });
      return { outcome: 'merged', found: finding('exists-merged', { fields: addition.fields }, ref) };
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.conflict') || tries === mergeTries) throw thrown;
    }
  }
}

/** A merge patch that is refused where the object has changed since it was read: it replaces whole lists. */
function guarded(patch: Record<string, unknown>, there: KubeObject): { type: 'merge'; body: unknown } {
  const { resourceVersion } = there.metadata;
  const metadata = { ...(patch['metadata'] as object | undefined), resourceVersion };
  return { type: 'merge', body: { ...patch, metadata } };
}
