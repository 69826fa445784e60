import type { StoredBackup } from '#api/velero/backup.ts';
import { veleroLabels } from '#api/velero/names.ts';
import type { Archive } from '#archive/contents/archive.ts';
import type { KubeApi } from '#kube/api.ts';
import { type Difference, type DifferenceOptions, differences, type Side } from '#kube/diff/differences.ts';
import { comparableForm, withoutLabels } from '#kube/diff/form.ts';
import { liveReaderLike } from '#kube/diff/live-side.ts';
import { Discovery } from '#kube/discovery.ts';
import { type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { type Coverage, type CoverageContext, coverageOf } from './covered.ts';
import { type DifferenceRequest, readChoice } from './request.ts';

type Options = Pick<DifferenceOptions, 'onObject' | 'signal'>;

/** What a second backup has otherwise than a first. Rejects with `backup.invalid` for filters that make no sense. */
export async function* compareBackups(
  a: Archive,
  b: Archive,
  request: DifferenceRequest,
  options: Options = {},
): AsyncGenerator<Difference> {
  const types = [...(await b.types(options)), ...(await a.types(options))];
  const sides = sidesOf({ a, b, types: new Discovery(types) }, request);
  yield* differences(sides.a, sides.b, options);
}

/** A backup with its objects. */
export interface OpenBackup {
  readonly backup: StoredBackup;
  readonly archive: Archive;
}

export interface LiveOptions extends Options, Omit<CoverageContext, 'api'> {
  readonly api: KubeApi;
}

/**
 * What the cluster has otherwise than a backup of it: of the objects that the backup holds, and of those that a backup
 * with its filters would hold today.
 */
export async function* compareWithLive(
  { backup, archive }: OpenBackup,
  request: DifferenceRequest,
  options: LiveOptions,
): AsyncGenerator<Difference> {
  const { api } = options;
  const archived = await archive.types(options);
  const discovery = await api.discover({ refresh: true, signal: options.signal });
  const types = new Discovery([...discovery.all, ...archived]);
  const coverage = await coverageOf({ backup, archive }, discovery, options);
  const sides = sidesOf({ a: archive, b: liveReaderLike(api, archived), types, coverage }, request);
  yield* differences(sides.a, sides.b, { ...options, skips: type => !coverage.type(type) });
}

interface Sources {
  readonly a: Side['reader'];
  readonly b: Side['reader'];
  readonly types: Discovery;
  readonly coverage?: Coverage;
}

function sidesOf({ a, b, types, coverage }: Sources, request: DifferenceRequest): { a: Side; b: Side } {
  const chosen = readChoice(request, types);
  const map = (namespace: string): string => request.mapping.get(namespace) ?? namespace;
  const there = reversed(request.mapping);
  const viewOfA = (type: ResourceType, object: KubeObject): KubeObject | undefined =>
    chosen(type, object, object.metadata.namespace)
      ? formOf(renamed(object, map, request), request)
      : undefined;
  const viewOfB = (type: ResourceType, object: KubeObject): KubeObject | undefined => {
    const key = there(object);
    if (key === undefined || !chosen(type, withName(object, key), key.namespace)) return undefined;
    return coverage?.object(type, object, key) === false ? undefined : formOf(object, request);
  };
  return { a: { reader: a, view: viewOfA }, b: { reader: b, view: viewOfB } };
}

function withName(object: KubeObject, { name }: ObjectKey): KubeObject {
  return { ...object, metadata: { ...object.metadata, name } };
}

function renamed(
  object: KubeObject,
  map: (namespace: string) => string,
  { mapping, mapped }: DifferenceRequest,
): KubeObject {
  if (mapping.size === 0) return object;
  return object.kind === 'Namespace' && object.apiVersion === 'v1'
    ? withName(object, { name: map(object.metadata.name) })
    : mapped(object, map);
}

/** The key that an object of the second source has in the first; `undefined` for what has no place there. */
function reversed(mapping: ReadonlyMap<string, string>): (object: KubeObject) => ObjectKey | undefined {
  const sources = new Map([...mapping].map(([from, to]) => [to, from]));
  const sourceOf = (namespace: string): string | undefined =>
    sources.get(namespace) ?? (mapping.has(namespace) ? undefined : namespace);
  return ({ apiVersion, kind, metadata: { namespace, name } }) => {
    const isNamespace = apiVersion === 'v1' && kind === 'Namespace';
    const place = isNamespace ? name : namespace;
    if (place === undefined) return { name };
    const source = sourceOf(place);
    if (source === undefined) return undefined;
    return isNamespace ? { name: source } : { namespace: source, name };
  };
}

const marks: ReadonlySet<string> = new Set([veleroLabels.backupName, veleroLabels.restoreName]);

/** What the cluster gives out (addresses, ports, volumes) and who restored an object is not what it is. */
function formOf(object: KubeObject, { status }: DifferenceRequest): KubeObject {
  const form = comparableForm(object, {
    status,
    service: { nodePorts: 'keep-requested' },
    claim: { keepVolumeName: false },
    triggers: { keepLastImage: false },
    pod: { dropGeneratedPullSecrets: true },
    namespace: { dropIdRanges: false },
  });
  return withoutLabels(form, marks);
}
