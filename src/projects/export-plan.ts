import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import type { ProjectContents } from './collect.ts';
import { clusterDependencies, clusterGrants } from './dependencies.ts';
import { type Finding, finding } from './findings.ts';
import { withTagImages } from './images.ts';
import { inspect, isOwnSecret } from './inspect.ts';
import { formatRef, refOf } from './object-ref.ts';
import { creationRank } from './order.ts';
import { type PlainOptions, plainObject } from './plain.ts';
import { contextFor, controllerOf, whySkipped } from './policy.ts';
import type { Skipped, UnexportedType } from './reasons.ts';
import { categoryAll } from './types.ts';

export interface ExportPlanOptions extends PlainOptions {
  /** Keep what controllers make again and what has finished: pods, ReplicaSets, builds, jobs. */
  readonly keepGenerated?: boolean | undefined;
  /**
   * `keep` (the default): container images as they are, with a warning for digests of the internal registry.
   * `tags`: a DeploymentConfig names the tag that its ImageChange trigger follows, and can be created anywhere.
   */
  readonly images?: 'keep' | 'tags' | undefined;
}

/** One file of an export: a `List` of objects, never empty. */
export interface ExportFile {
  readonly name: string;
  /** `resource.group`; `all` for project.yaml. */
  readonly resource: string;
  readonly objects: readonly KubeObject[];
}

/** What an export consists of, before anything is written. */
export interface ExportPlan {
  readonly files: readonly ExportFile[];
  readonly skipped: readonly Skipped[];
  readonly unexported: readonly UnexportedType[];
  readonly findings: readonly Finding[];
}

interface Kept {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** Decides what of a project is written into which file, what is left out, and what to say of it. Pure. */
export function planExport(contents: ProjectContents, options: ExportPlanOptions = {}): ExportPlan {
  const all = contents.listed.flatMap(({ objects }) => objects);
  const { kept, skipped } = choose(contents, options);
  const carriedUids = new Set(kept.map(({ object }) => object.metadata.uid ?? ''));
  const context = { namespace: contents.namespace, carriedUids };
  const namespace = contents.namespace === undefined ? [] : [contents.namespace];
  const objects = [...namespace, ...kept.map(each => each.object)];
  const types = new Map(kept.map(({ type, object }) => [object, groupResource(type)]));
  const pods = all.filter(object => object.kind === 'Pod' && !types.has(object));
  const images = new Images(options.images ?? 'keep');
  const files = filesOf(contents, kept, object => plainObject(images.rewrite(object), options));
  const inspected = objects.flatMap(object => inspect(object, context));
  const findings = [
    ...projectFindings(contents, kept),
    ...images.findings,
    ...inspected.filter(each => applies(each, options, images)),
    ...orphans(all, skipped),
    ...clusterDependencies([...objects, ...pods], object => types.get(object) ?? ''),
    ...clusterGrants(contents.grants, contents.name),
  ];
  return { files, skipped, unexported: contents.unexported, findings };
}

/** Every object once, whatever group it was listed under. */
function choose(contents: ProjectContents, options: ExportPlanOptions): { kept: Kept[]; skipped: Skipped[] } {
  const all = contents.listed.flatMap(({ objects }) => objects);
  const context = contextFor(all, options.keepGenerated);
  const seen = new Set<string>();
  const kept: Kept[] = [];
  const skipped: Skipped[] = [];
  for (const { type, objects } of contents.listed) {
    for (const object of objects) {
      const uid = object.metadata.uid ?? '';
      const reason = seen.has(uid)
        ? ({ object: refOf(object), reason: 'same-object' } as const)
        : whySkipped(object, context);
      if (uid !== '') seen.add(uid);
      if (reason === undefined) kept.push({ type, object });
      else skipped.push(reason);
    }
  }
  return { kept, skipped };
}

/** Rewrites images where that was asked for, and remembers which. */
class Images {
  readonly findings: Finding[] = [];
  readonly #done = new Map<KubeObject, KubeObject>();
  readonly #mode: 'keep' | 'tags';

  constructor(mode: 'keep' | 'tags') {
    this.#mode = mode;
  }

  rewrite(object: KubeObject): KubeObject {
    if (this.#mode === 'keep') return object;
    const known = this.#done.get(object);
    if (known !== undefined) return known;
    const { object: after, rewritten } = withTagImages(object);
    this.#done.set(object, after);
    this.findings.push(...rewritten.map(each => finding('image-rewritten', { ...each }, refOf(object))));
    return after;
  }

  /** Whether this container's image was rewritten, so that nothing need be said of the digest. */
  covers(about: Finding): boolean {
    return this.findings.some(
      ({ object, params }) =>
        object?.kind === about.object?.kind &&
        object?.name === about.object?.name &&
        params['container'] === about.params['container'],
    );
  }
}

/** Findings about what an option kept or changed do not apply. */
function applies(about: Finding, options: ExportPlanOptions, images: Images): boolean {
  if (about.code === 'id-ranges-dropped') return options.keepIdRanges !== true;
  if (about.code === 'node-port-dropped') return options.keepNodePorts !== true;
  return about.code !== 'image-digest-internal' || !images.covers(about);
}

/**
 * `namespaces.yaml`, `project.yaml` with what `oc get all` means, and a file for each type that has objects, those
 * of project.yaml too: the two are two views of the same objects, as the documented procedure makes them.
 */
function filesOf(
  contents: ProjectContents,
  kept: readonly Kept[],
  plain: (object: KubeObject) => KubeObject,
): ExportFile[] {
  const files: ExportFile[] = [];
  const add = (name: string, resource: string, objects: readonly KubeObject[]): void => {
    if (objects.length > 0) files.push({ name: `${name}.yaml`, resource, objects });
  };
  const { namespace } = contents;
  if (namespace !== undefined) add('namespaces', 'namespaces', [plain(namespace)]);
  const ofAll = kept.filter(({ type }) => categoryAll.has(groupResource(type)));
  const ordered = [...ofAll].sort((a, b) => creationRank(a) - creationRank(b));
  add(
    'project',
    'all',
    ordered.map(({ object }) => plain(object)),
  );
  for (const { type } of contents.listed) {
    const name = groupResource(type);
    const own = kept.filter(each => each.type === type);
    add(
      name,
      name,
      own.map(({ object }) => plain(object)),
    );
  }
  return files;
}

function projectFindings(contents: ProjectContents, kept: readonly Kept[]): Finding[] {
  const found: Finding[] = [];
  if (contents.namespace === undefined)
    found.push(finding('namespace-unreadable', { namespace: contents.name }));
  const secrets = kept.filter(({ object }) => isOwnSecret(object)).length;
  if (secrets > 0) found.push(finding('secrets-in-plain', { secrets }));
  return found;
}

/** Objects left to a controller that was not seen: it may be of a type that cannot be listed. */
function orphans(all: readonly KubeObject[], skipped: readonly Skipped[]): Finding[] {
  const uids = new Set(all.map(object => object.metadata.uid));
  const left = new Set(
    skipped.filter(({ reason }) => reason === 'controlled').map(({ object }) => formatRef(object)),
  );
  return all.flatMap(object => {
    const owner = controllerOf(object);
    if (owner === undefined || uids.has(owner.uid) || !left.has(formatRef(refOf(object)))) return [];
    return [finding('owner-not-exported', { owner: formatRef(owner) }, refOf(object))];
  });
}
