import { mapConcurrent } from '#foundation/concurrency.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { Discovery, type UnavailableGroup } from '../discovery.ts';
import { parseApiVersion, type ResourceType } from '../objects.ts';
import type { Transport } from './transport.ts';

/**
 * Aggregated discovery in its two versions, and the plain form for servers older than 1.26.
 * Formats: `k8s.io/api/apidiscovery/v2`, `meta/v1` APIGroupList and APIResourceList.
 */
const accepted = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

interface Found {
  readonly types: readonly ResourceType[];
  readonly unavailable: readonly UnavailableGroup[];
}

/** Asks a server for all its types. A group that does not answer is named in the result; only a server that does not fails it. */
export async function discover(transport: Transport, signal?: AbortSignal): Promise<Discovery> {
  const [core, groups] = await Promise.all([
    discoverRoot(transport, '/api', signal),
    discoverRoot(transport, '/apis', signal),
  ]);
  return new Discovery([...core.types, ...groups.types], [...core.unavailable, ...groups.unavailable]);
}

async function discoverRoot(
  transport: Transport,
  path: '/api' | '/apis',
  signal: AbortSignal | undefined,
): Promise<Found> {
  const root = await fetchJson(transport, path, signal);
  if (root['kind'] === 'APIGroupDiscoveryList') return readAggregated(root);
  return discoverPlain(transport, path === '/api' ? coreVersions(root) : groupVersions(root), signal);
}

async function fetchJson(transport: Transport, path: string, signal: AbortSignal | undefined): Promise<Json> {
  const { value } = await transport.json({
    method: 'GET',
    path,
    accept: accepted,
    what: `GET ${path}`,
    repeatable: true,
    signal,
  });
  return json(value);
}

function readAggregated(root: Json): Found {
  const types: ResourceType[] = [];
  const unavailable: UnavailableGroup[] = [];
  for (const item of list(root['items'])) {
    const group = text(json(item['metadata'])['name']);
    for (const entry of list(item['versions'])) {
      const version = text(entry['version']);
      // A stale entry is what the aggregator remembers of a server that does not answer now.
      if (entry['freshness'] === 'Stale') {
        unavailable.push({
          groupVersion: join(group, version),
          reason: 'its API server does not answer (stale)',
        });
        continue;
      }
      for (const resource of list(entry['resources']))
        types.push(readAggregatedType(group, version, resource));
    }
  }
  return { types: types.filter(isWhole), unavailable };
}

function readAggregatedType(group: string, version: string, resource: Json): ResourceType {
  const kind = text(json(resource['responseKind'])['kind']);
  return {
    group,
    version,
    resource: text(resource['resource']),
    kind,
    namespaced: resource['scope'] === 'Namespaced',
    verbs: texts(resource['verbs']),
    shortNames: texts(resource['shortNames']),
    singular: text(resource['singularResource']) || kind.toLowerCase(),
  };
}

/** A resource that has only subresources is listed without a kind. */
function isWhole(type: ResourceType): boolean {
  return type.resource !== '' && type.kind !== '' && !type.resource.includes('/');
}

function coreVersions(root: Json): string[] {
  return texts(root['versions']);
}

/** Every group's versions, the preferred one first. */
function groupVersions(root: Json): string[] {
  return list(root['groups']).flatMap(group => {
    const preferred = text(json(group['preferredVersion'])['groupVersion']);
    const all = list(group['versions']).map(version => text(version['groupVersion']));
    return [preferred, ...all.filter(version => version !== preferred)].filter(version => version !== '');
  });
}

async function discoverPlain(
  transport: Transport,
  versions: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Found> {
  const types: ResourceType[] = [];
  const unavailable: UnavailableGroup[] = [];
  for await (const found of mapConcurrent(versions, 8, version =>
    discoverVersion(transport, version, signal),
  )) {
    types.push(...found.types);
    unavailable.push(...found.unavailable);
  }
  return { types, unavailable };
}

async function discoverVersion(
  transport: Transport,
  groupVersion: string,
  signal: AbortSignal | undefined,
): Promise<Found> {
  try {
    const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
    const answer = await fetchJson(transport, path, signal);
    const types = list(answer['resources']).map(resource => readPlainType(groupVersion, resource));
    return { types: types.filter(isWhole), unavailable: [] };
  } catch (thrown) {
    if (!isHozonError(thrown) || isHozonError(thrown, 'kube.unreachable')) throw thrown;
    return { types: [], unavailable: [{ groupVersion, reason: describeThrown(thrown) }] };
  }
}

function readPlainType(groupVersion: string, resource: Json): ResourceType {
  const kind = text(resource['kind']);
  return {
    ...parseApiVersion(groupVersion),
    resource: text(resource['name']),
    kind,
    namespaced: resource['namespaced'] === true,
    verbs: texts(resource['verbs']),
    shortNames: texts(resource['shortNames']),
    singular: text(resource['singularName']) || kind.toLowerCase(),
  };
}

function join(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

type Json = Readonly<Record<string, unknown>>;

function json(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(json) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}
