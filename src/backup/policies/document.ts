import { parse as parseYaml, type SchemaOptions, type ToJSOptions } from 'yaml';
import { describeThrown } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { isFields } from '#kube/fields.ts';
import { formatKey, type KubeObject, keyOf } from '#kube/objects.ts';
import { namespaceProblem } from '../filters/namespaces.ts';
import { type PolicyLists, scopedLists } from '../filters/resources.ts';
import { type ObjectFilter, readFilters } from './object-filters.ts';
import * as problem from './problems.ts';
import { type Field, type Part, PolicyReader } from './reader.ts';
import { readVolumePolicies, type VolumePolicy } from './volume-policies.ts';

/** What objects of some namespaces are taken: only those of the kinds that it filters. */
export interface NamespacedFilter {
  /** Names and patterns. */
  readonly namespaces: readonly string[];
  readonly filters: readonly ObjectFilter[];
}

/** The resource policies of a Backup, as far as they can be read without knowing the cluster's types. */
export interface PolicyDocument {
  /** A place in the document as a field of the Backup. */
  readonly field: (place: string) => string;
  /** `undefined` where the document has no such section. */
  readonly includeExclude: PolicyLists | undefined;
  readonly cluster: readonly ObjectFilter[] | undefined;
  readonly namespaced: readonly NamespacedFilter[];
  readonly volumes: readonly VolumePolicy[];
}

export interface DocumentRead {
  readonly document: PolicyDocument;
  readonly problems: readonly Message[];
}

/** Of a Backup that names no policies. */
export const noPolicies: PolicyDocument = {
  field: place => `resourcePolicy: ${place}`,
  includeExclude: undefined,
  cluster: undefined,
  namespaced: [],
  volumes: [],
};

/**
 * Reads the ConfigMap of a Backup's resource policy as Velero 1.18 does (`internal/resourcepolicies`): exactly one key,
 * version v1, no unknown field. Pure. Everything that is wrong with it is named, each with its place.
 */
export function readPolicies(configMap: KubeObject): DocumentRead {
  const reader = new PolicyReader(formatKey(keyOf(configMap)));
  const field = reader.map({ place: '', value: parse(configMap, reader) }, sections);
  const document = field === undefined ? noPolicies : readSections(field, reader);
  return { document, problems: reader.problems };
}

const sections = [
  'version',
  'volumePolicies',
  'includeExcludePolicy',
  'clusterScopedFilterPolicy',
  'namespacedFilterPolicies',
];

/** Every scalar is text, as written: Velero reads `1`, `true` and `1.10` as texts where it wants one. */
const yamlOptions: SchemaOptions & ToJSOptions = {
  schema: 'failsafe',
  customTags: ['null'],
  merge: true,
  maxAliasCount: 100,
};

function parse({ data }: KubeObject, reader: PolicyReader): unknown {
  const texts = isFields(data) ? Object.values(data) : [];
  const [text] = texts;
  if (texts.length !== 1 || typeof text !== 'string') {
    reader.complain('', problem.notOneKey);
    return undefined;
  }
  try {
    return (parseYaml(text, yamlOptions) as unknown) ?? {};
  } catch (thrown) {
    const [reason = ''] = describeThrown(thrown).split('\n');
    reader.complain('', problem.notYaml(reason));
    return undefined;
  }
}

function readSections(field: Field, reader: PolicyReader): PolicyDocument {
  if (reader.text(field('version')) !== 'v1') reader.complain('version', problem.badVersion);
  return {
    field: reader.field,
    includeExclude: readLists(field('includeExcludePolicy'), reader),
    cluster: readCluster(field('clusterScopedFilterPolicy'), reader),
    namespaced: readNamespaced(field('namespacedFilterPolicies'), reader),
    volumes: readVolumePolicies(field('volumePolicies'), reader),
  };
}

function readLists(part: Part, reader: PolicyReader): PolicyLists | undefined {
  const field = reader.map(part, scopedLists);
  if (field === undefined) return undefined;
  const entries = scopedLists.map(name => [name, reader.texts(field(name))] as const);
  const lists = Object.fromEntries(entries) as Record<(typeof scopedLists)[number], string[]>;
  for (const [name, list] of entries) {
    if (list.includes('*')) reader.complain(field(name).place, problem.starInLists);
  }
  for (const scope of ['ClusterScopedResources', 'NamespaceScopedResources'] as const) {
    const [included, excluded] = [`included${scope}`, `excluded${scope}`] as const;
    for (const entry of lists[excluded].filter(each => each !== '*' && lists[included].includes(each))) {
      reader.complain(field(excluded).place, problem.alsoIncluded(entry, included));
    }
  }
  return { lists, field: list => reader.field(`${part.place}.${list}`) };
}

function readCluster(part: Part, reader: PolicyReader): ObjectFilter[] | undefined {
  const field = reader.map(part, ['resourceFilters']);
  return field && readFilters(field('resourceFilters'), reader, { catchAll: false });
}

function readNamespaced(part: Part, reader: PolicyReader): NamespacedFilter[] {
  const seen = new Map<string, string>();
  return reader.maps(part, ['namespaces', 'resourceFilters']).map(({ field }) => ({
    namespaces: readNamespaces(field('namespaces'), seen, reader),
    filters: readFilters(field('resourceFilters'), reader, { catchAll: true }),
  }));
}

/** No name or pattern may be given twice, since only the first could ever have an effect. */
function readNamespaces(part: Part, seen: Map<string, string>, reader: PolicyReader): string[] {
  const entries = reader.texts(part);
  if (reader.isEmpty(part)) reader.complain(part.place, problem.noEntry);
  return entries.filter((entry, index) => {
    const place = `${part.place}[${index}]`;
    const other = seen.get(entry);
    if (other !== undefined) reader.complain(place, problem.samePattern(entry, other));
    else seen.set(entry, place);
    const about = namespaceProblem(entry);
    if (about !== undefined) reader.complain(place, about);
    return about === undefined;
  });
}
