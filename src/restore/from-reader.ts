import type { Backup } from '#api/velero/backup.ts';
import { quoted } from '#archive/contents/faults.ts';
import { type GatheredItem, gatherArchive, type Refusal } from '#archive/contents/gathered-archive.ts';
import { storedForm } from '#archive/contents/stored-form.ts';
import { hasGlob } from '#foundation/glob.ts';
import { Discovery } from '#kube/discovery.ts';
import { backupRegistryAnnotation, readRegistryHost } from '#kube/internal-registry.ts';
import { formatKey, groupResource, keyOf, type ResourceType } from '#kube/objects.ts';
import { readerApi } from '#kube/reader-api.ts';
import type { ResourceReader, UnreadPlace, UnreadValue } from '#kube/resource-reader.ts';
import { addNeeds, neededTypes } from './needs.ts';
import { type Note, note } from './notes.ts';
import type { RestoreRequest } from './request/request.ts';
import { isNamespaces } from './scope.ts';
import { compileSelection, type Selection } from './selection.ts';
import type { OpenedSource, RestoreSource, SourceOptions } from './source.ts';

export interface ReaderSourceOptions {
  /** What could not be read until now. */
  readonly unread?: (() => Iterable<UnreadValue>) | undefined;
}

/**
 * What a reader reads, as the backup that the request names. Only what the request asks for, and what that may need, is
 * read and spooled, in the form in which a backup would store it; what none can hold is left out, and told. Opening it throws `archive.spool-failed`, and what the reader throws.
 */
export function objectsFrom(
  reader: ResourceReader,
  { unread = () => [] }: ReaderSourceOptions = {},
): RestoreSource {
  return {
    named: request => Promise.resolve(request),
    async open(request, { api, signal }): Promise<OpenedSource> {
      const types = await reader.types({ signal });
      const cluster = await api.discover({ signal });
      const selection = compileSelection(request, { archived: types, cluster });
      let deleting = 0;
      async function* kept(items: AsyncIterable<GatheredItem>): AsyncGenerator<GatheredItem> {
        for await (const item of items) {
          if (item.object.metadata.deletionTimestamp !== undefined) deleting++;
          else yield { ...item, object: storedForm(item, request.backupName) };
        }
      }
      const selecting: Selecting = { reader, request, selection, types, signal, needed: new Set() };
      const items = selectedItems(selecting);
      const refused = new Map<Refusal, Refused>();
      const onRefused = ({ type, object }: GatheredItem, reason: Refusal): void => {
        const { objects, first } = refused.get(reason) ?? { objects: 0, first: { type, object } };
        refused.set(reason, { objects: objects + 1, first });
      };
      const gathered = await gatherArchive(kept(items), { source: reader.source, types, onRefused, signal });
      const lost = [...unread()].filter(value => isAsked(value, selecting));
      return {
        ...gathered,
        backup: await backupOf(reader, request, { cluster, signal }),
        volumeInfos: [],
        notes: [...lossesOf(reader.source, lost, deleting), ...refusalsOf(reader.source, refused)],
      };
    },
  };
}

function lossesOf(source: string, [first, ...others]: readonly UnreadValue[], deleting: number): Note[] {
  const unread = first && note('unread', { objects: others.length + 1, source, key: first.key });
  return [
    ...(unread ? [unread] : []),
    ...(deleting > 0 ? [note('was-deleting', { objects: deleting })] : []),
  ];
}

/** Objects that no archive can hold, for one reason. */
interface Refused {
  readonly objects: number;
  readonly first: GatheredItem;
}

function refusalsOf(source: string, refused: ReadonlyMap<Refusal, Refused>): Note[] {
  return [...refused].map(([reason, { objects, first }]) => {
    const object = quoted(`${groupResource(first.type)} ${formatKey(keyOf(first.object))}`);
    return note(reason === 'path' ? 'name-unusable' : 'comes-twice', { objects, source, object });
  });
}

/** On OpenShift the restore wants to know where images came from. */
async function backupOf(
  reader: ResourceReader,
  { backupName }: RestoreRequest,
  { cluster, signal }: { readonly cluster: Discovery } & Pick<SourceOptions, 'signal'>,
): Promise<Backup> {
  const isOpenShift = cluster.byName('imagestreams.image.openshift.io') !== undefined;
  const host = isOpenShift ? await readRegistryHost({ api: readerApi(reader), signal }) : undefined;
  const annotations = host === undefined ? {} : { [backupRegistryAnnotation]: host };
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: backupName, annotations },
  };
}

interface Selecting {
  readonly reader: ResourceReader;
  readonly request: RestoreRequest;
  readonly selection: Selection;
  readonly types: readonly ResourceType[];
  readonly signal: AbortSignal | undefined;
  /** The objects outside of namespaces that those which are chosen need; grows as these are read. */
  readonly needed: Needed;
}

type Needed = Set<`${string}/${string}`>;

/** A superset of what the scope will have, in the order of the types: those in namespaces first, for what they need. */
async function* selectedItems(selecting: Selecting): AsyncGenerator<GatheredItem> {
  const { types, selection, needed } = selecting;
  for (const type of types.filter(({ namespaced }) => namespaced)) {
    if (!selection.type(type) && !isLookedUp(type, selecting)) continue;
    for await (const item of ofNamespaces(type, selecting)) {
      addNeeds(type, item.object, (resource, { name }) => needed.add(`${resource}/${name}`));
      yield item;
    }
  }
  for (const type of types.filter(({ namespaced }) => !namespaced)) {
    if (isNamespaces(type) || mayBeRestored(type, selection)) yield* ofCluster(type, selecting);
  }
}

/** Of the namespaces also those that are to be mapped: it is said which of them there are not. */
async function* ofCluster(
  type: ResourceType,
  { reader, request, selection, signal, needed }: Selecting,
): AsyncGenerator<GatheredItem> {
  for await (const object of reader.read(type, { signal })) {
    const { name } = object.metadata;
    if (isNamespaces(type)) {
      if (selection.namespace(name) || request.namespaceMapping.has(name)) yield { type, object };
      continue;
    }
    const isNeeded = needed.has(`${groupResource(type)}/${name}`);
    const isChosen = selection.clusterScoped === 'all' && selection.labels(object);
    if (isChosen || isNeeded) yield { type, object };
  }
}

/** Whether what could not be read may be of what is asked for: its labels, and what it needs, nobody knows. */
function isAsked({ place }: UnreadValue, { selection, request, needed }: Selecting): boolean {
  if (place === undefined) return true;
  const { type, namespace = '', name } = place;
  if (isNamespaces(type)) return selection.namespace(name) || request.namespaceMapping.has(name);
  if (type.namespaced) return selection.type(type) && selection.namespace(namespace);
  if (!mayBeRestored(type, selection)) return false;
  return selection.clusterScoped === 'all' || needed.has(`${groupResource(type)}/${name}`);
}

function mayBeRestored(type: UnreadPlace['type'], selection: Selection): boolean {
  if (!selection.type(type) || selection.clusterScoped === 'none') return false;
  return selection.clusterScoped === 'all' || neededTypes.has(groupResource(type));
}

/** Types whose labels do not say whether an object is of use: what pods need, what Endpoints belong to. */
const regardlessOfLabels: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'services']);

async function* ofNamespaces(type: ResourceType, selecting: Selecting): AsyncGenerator<GatheredItem> {
  const { reader, selection, signal } = selecting;
  const anyLabels = regardlessOfLabels.has(groupResource(type));
  for (const namespace of namedNamespaces(selecting.request)) {
    for await (const object of reader.read(type, { namespace, signal })) {
      const isChosen = selection.namespace(object.metadata.namespace ?? '');
      if (isChosen && (anyLabels || selection.labels(object))) yield { type, object };
    }
  }
}

/** Beyond so many, one passage over all objects of a type is cheaper than one for each namespace. */
const fewNamespaces = 8;

/** The namespaces to be read one by one; an empty name for all of them at once. */
function namedNamespaces({ namespaces: { included } }: RestoreRequest): readonly string[] {
  const names = new Set(included);
  const areNames = names.size > 0 && names.size <= fewNamespaces && ![...names].some(hasGlob);
  return areNames ? [...names] : [''];
}

/** Whether decisions about others look at objects of the type: Endpoints are made by the Service of their name. */
function isLookedUp(type: ResourceType, { selection, types }: Selecting): boolean {
  if (groupResource(type) !== 'services') return false;
  const endpoints = new Discovery(types).byName('endpoints');
  return endpoints !== undefined && selection.type(endpoints);
}
