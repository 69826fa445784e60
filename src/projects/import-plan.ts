import { isDeepStrictEqual } from 'node:util';
import { recreatable } from '#kube/cleaning/cleaning.ts';
import type { Discovery } from '#kube/discovery.ts';
import { without } from '#kube/fields.ts';
import { apiVersionOf, type KubeObject, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { raise } from './errors.ts';
import { type Finding, finding } from './findings.ts';
import { withTagImages } from './images.ts';
import { refOf } from './object-ref.ts';
import { creationRank } from './order.ts';
import { contextFor, type PolicyContext, whySkipped } from './policy.ts';
import type { FileObject, ReadExport } from './read.ts';
import { mentionsOf, type Renaming, renamed } from './remap.ts';

export interface ImportPlanOptions {
  /** The project to import into; the name of the exported one unless told. */
  readonly as?: string | undefined;
  /** As in an export: `tags` lets a DeploymentConfig name the tag that its trigger follows. */
  readonly images?: 'keep' | 'tags' | undefined;
}

/** One object to be created. */
export interface ImportStep {
  readonly type: ResourceType;
  /** As it will be sent; its namespace is the plan's. */
  readonly object: KubeObject;
  readonly file: string;
}

/** What an import will do, before anything is sent. Plain data: it can be printed and compared. */
export interface ImportPlan {
  readonly namespace: string;
  readonly source: string;
  /** The Namespace to be created. */
  readonly project: KubeObject;
  /** In the order in which they are created; {@link creationRank} groups them. */
  readonly steps: readonly ImportStep[];
  /** Findings of severity `error` are about objects that are not among the steps. */
  readonly findings: readonly Finding[];
}

/**
 * Decides what of the files is created, as what and in which order. Pure. Throws `projects.bad-name` or, where
 * neither the files nor the options name the project, `projects.name-needed`.
 */
export function planImport(
  files: ReadExport,
  discovery: Discovery,
  options: ImportPlanOptions = {},
): ImportPlan {
  const project = files.objects.find(({ object }) => isProject(object))?.object;
  const source = files.source ?? project?.metadata.name ?? commonNamespace(files.objects);
  const namespace = options.as ?? source;
  if (namespace === undefined) throw raise['name-needed']({ directory: files.directory });
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) throw raise['bad-name']({ name: namespace });
  const renaming = { from: source ?? namespace, to: namespace };
  const findings: Finding[] = [];
  const own = deduplicated(
    files.objects.filter(({ object }) => !isProject(object)),
    findings,
  );
  const policy = contextFor(own.map(({ object }) => object));
  const steps = own.flatMap(each => {
    const result = stepFor(each, { discovery, policy, renaming, images: options.images ?? 'keep' });
    findings.push(...result.findings);
    return result.step === undefined ? [] : [result.step];
  });
  return {
    namespace,
    source: renaming.from,
    project: projectFor(namespace, project),
    steps: steps.sort((a, b) => creationRank(a) - creationRank(b)),
    findings,
  };
}

/** Namespaces, and the Projects that OpenShift shows in their place. */
function isProject({ kind, apiVersion }: KubeObject): boolean {
  if (kind === 'Namespace') return apiVersion === 'v1';
  return kind === 'Project' && ['v1', 'project.openshift.io/v1'].includes(apiVersion);
}

function commonNamespace(objects: readonly FileObject[]): string | undefined {
  const names = new Set(objects.map(({ object }) => object.metadata.namespace).filter(Boolean));
  const [only] = names;
  return names.size === 1 ? only : undefined;
}

function projectFor(name: string, exported: KubeObject | undefined): KubeObject {
  const namespace = {
    ...exported,
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { ...exported?.metadata, name },
  };
  return recreatable(namespace, { namespace: { dropIdRanges: false } });
}

/** An object in project.yaml is also in its type's file, which is the one that is taken. */
function deduplicated(objects: readonly FileObject[], findings: Finding[]): FileObject[] {
  const chosen = new Map<string, FileObject>();
  const byTypeFirst = [...objects].sort((a, b) => isOverview(a) - isOverview(b));
  for (const each of byTypeFirst) {
    const { object, file } = each;
    const key = `${parseApiVersion(object.apiVersion).group}/${object.kind}/${object.metadata.name}`;
    const first = chosen.get(key);
    if (first === undefined) chosen.set(key, each);
    else if (!isDeepStrictEqual(first.object, object)) {
      findings.push(finding('duplicate-differs', { kept: first.file, other: file }, refOf(object)));
    }
  }
  return [...chosen.values()];
}

function isOverview({ file }: FileObject): number {
  return file === 'project.yaml' ? 1 : 0;
}

interface StepContext {
  readonly discovery: Discovery;
  readonly policy: PolicyContext;
  readonly renaming: Renaming;
  readonly images: 'keep' | 'tags';
}

function stepFor(
  { object, file }: FileObject,
  context: StepContext,
): { step?: ImportStep; findings: Finding[] } {
  const ref = refOf(object);
  const { namespace } = object.metadata;
  const type = servedType(object, context.discovery);
  if (type === undefined) {
    return { findings: [finding('type-not-served', { type: `${object.kind} (${object.apiVersion})` }, ref)] };
  }
  if (!type.namespaced) return { findings: [finding('cluster-scoped', { type: object.kind }, ref)] };
  if (namespace !== undefined && namespace !== '' && namespace !== context.renaming.from) {
    return { findings: [finding('other-namespace', { namespace }, ref)] };
  }
  const skipped = whySkipped(object, context.policy);
  if (skipped !== undefined) {
    return { findings: [finding('generated-not-imported', { reason: skipped.reason }, ref)] };
  }
  return readyStep({ type, object, file }, context);
}

function readyStep(
  { type, object, file }: ImportStep,
  { renaming, images }: StepContext,
): { step: ImportStep; findings: Finding[] } {
  const tagged = images === 'tags' ? withTagImages(object) : { object, rewritten: [] };
  const clean = recreatable(tagged.object, { service: { nodePorts: 'keep' } });
  const free = { ...without(clean, 'metadata', 'namespace'), apiVersion: apiVersionOf(type) };
  const renamedObject = renamed(free, renaming);
  const sent = { ...renamedObject, metadata: { ...renamedObject.metadata, namespace: renaming.to } };
  const rewritten = tagged.rewritten.map(each => finding('image-rewritten', { ...each }, refOf(object)));
  return { step: { type, object: sent, file }, findings: [...rewritten, ...mentionsOf(sent, renaming)] };
}

/** OpenShift 3 served its own kinds in the core group as well. */
const legacyGroups: Readonly<Record<string, string>> = {
  DeploymentConfig: 'apps.openshift.io',
  BuildConfig: 'build.openshift.io',
  Build: 'build.openshift.io',
  ImageStream: 'image.openshift.io',
  Route: 'route.openshift.io',
  Template: 'template.openshift.io',
};

function servedType(object: KubeObject, discovery: Discovery): ResourceType | undefined {
  const { group, version } = parseApiVersion(object.apiVersion);
  const legacy = group === '' ? legacyGroups[object.kind] : undefined;
  return (
    discovery.byKind(group, version, object.kind) ??
    (legacy === undefined ? undefined : discovery.byKind(legacy, 'v1', object.kind))
  );
}
