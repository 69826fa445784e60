import { resolve } from 'node:path';
import { type Clock, systemClock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import { collectProject } from './collect.ts';
import { checkTarget, type TextFile, writeDirectory } from './directory.ts';
import { type ExportPlan, type ExportPlanOptions, planExport } from './export-plan.ts';
import { type ExportManifest, manifestName, manifestOf } from './manifest.ts';
import { formatYaml } from './yaml.ts';

export interface ExportOptions extends ExportPlanOptions {
  /** Where to write; made, with its parents. */
  readonly directory: string;
  /** Replace an earlier export in that directory. */
  readonly overwrite?: boolean | undefined;
  /** Phases `collect` (types) and `write` (files). */
  readonly progress?: Progress | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportResult {
  /** Absolute. */
  readonly directory: string;
  readonly plan: ExportPlan;
  readonly manifest: ExportManifest;
}

/**
 * Exports a project as plain YAML that `kubectl create -f` takes, into a directory readable by its owner only:
 * `namespaces.yaml`, `project.yaml` (what `oc get all` shows), `<resource>[.<group>].yaml` for each type that has
 * objects, and `hozon-export.json`. Types that cannot be listed are named in the result, not an error. Rejects
 * with `projects.*` errors (see `errors.ts`) before anything is written, and with the `kube.*` errors of
 * {@link collectProject}.
 */
export async function exportProject(
  client: KubeApi,
  namespace: string,
  options: ExportOptions,
): Promise<ExportResult> {
  const { progress = noProgress, clock = systemClock, signal } = options;
  const directory = resolve(options.directory);
  await checkTarget(directory, options.overwrite === true);
  const version = await client.version(signal);
  const at = clock.now();
  const contents = await collectProject(client, namespace, { progress, signal });
  const plan = planExport(contents, options);
  const manifest = manifestOf(plan, { namespace, server: client.server, version, at });
  const texts = textsOf(plan, manifest, progress);
  await writeDirectory(directory, texts, { overwrite: options.overwrite, signal });
  return { directory, plan, manifest };
}

/** One file's text after the other, so that only one is held at a time. */
function* textsOf(plan: ExportPlan, manifest: ExportManifest, progress: Progress): Generator<TextFile> {
  let done = 0;
  for (const { name, objects } of plan.files) {
    progress({ phase: 'write', done: done++, total: plan.files.length, unit: 'items', current: name });
    yield { name, text: formatYaml({ apiVersion: 'v1', kind: 'List', items: objects }) };
  }
  yield { name: manifestName, text: `${JSON.stringify(manifest, undefined, 2)}\n` };
  progress({ phase: 'write', done, total: plan.files.length, unit: 'items' });
}
