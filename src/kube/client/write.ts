import { isHozonError } from '#foundation/errors.ts';
import { retry } from '#foundation/retry.ts';
import type { DeleteOptions, Patch, WriteOptions } from '../api.ts';
import { raise } from '../errors.ts';
import {
  formatKey,
  groupResource,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '../objects.ts';
import { statusOf } from '../status.ts';
import { isOutcomeUnknown, outcomeUnknown } from './failure.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { ApiRequest, JsonAnswer, Query, Transport } from './transport.ts';
import { defaultFieldManager } from './user-agent.ts';

/** How errors name a request for one object. */
export function describe(verb: string, type: ResourceType, key: Partial<ObjectKey>): string {
  return `${verb} ${groupResource(type)} ${formatKey({ ...key, name: key.name ?? '' })}`;
}

/** One object, with the answer it came in; `undefined` where there is none. */
export async function readObject(
  transport: Transport,
  type: ResourceType,
  key: ObjectKey,
  signal: AbortSignal | undefined,
): Promise<JsonAnswer | undefined> {
  try {
    return await transport.json({
      method: 'GET',
      path: objectPath(type, key),
      what: describe('GET', type, key),
      repeatable: true,
      signal,
    });
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.not-found')) return undefined;
    throw thrown;
  }
}

/**
 * Creates an object. When a fault leaves open whether the object was created, it is created again: of two
 * creates with one name at most one can succeed. If the second one finds the name taken, the object there is ours when
 * the server made it during this call and this call's field manager owns fields of it (where nobody owns any:
 * when all that was sent is in it); any other object is a plain `kube.already-exists`. Without a name (`generateName`) nothing is sent twice: `kube.outcome-unknown`.
 */
export async function createObject(
  transport: Transport,
  type: ResourceType,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const key = keyOf(object);
  const named = Boolean(key.name);
  const request: ApiRequest = {
    method: 'POST',
    path: collectionPath(type, requiredNamespace(type, key)),
    query: writeQuery(options),
    body: object,
    what: describe('CREATE', type, key),
    repeatable: options.dryRun === true || isQuestion(type),
    signal: options.signal,
  };
  const begun = transport.clock.monotonic();
  let doubtful = false;
  const attempt = async (): Promise<KubeObject> => {
    try {
      return asObject(transport, request, await transport.json(request));
    } catch (thrown) {
      if (doubtful && isHozonError(thrown, 'kube.already-exists')) {
        const ours = await findOurs(transport, type, object, {
          begun,
          manager: managerOf(options),
          signal: options.signal,
        });
        if (ours !== undefined) return ours;
      }
      doubtful ||= isOutcomeUnknown(thrown);
      throw thrown;
    }
  };
  try {
    const { backoff, clock, random } = transport;
    const retryable = (thrown: unknown): boolean => named && isOutcomeUnknown(thrown);
    return await retry(attempt, { backoff, clock, random, signal: options.signal, retryable });
  } catch (thrown) {
    throw isOutcomeUnknown(thrown) && statusOf(thrown) === undefined
      ? outcomeUnknown(request.what, thrown)
      : thrown;
  }
}

/** Reviews of access and tokens: a create of these asks and leaves nothing behind. */
function isQuestion(type: ResourceType): boolean {
  return /^(authentication|authorization)\./.test(type.group) && !type.verbs.includes('get');
}

function requiredNamespace(type: ResourceType, key: ObjectKey): string | undefined {
  if (type.namespaced && !key.namespace) throw new Error(`${type.kind} ${key.name} needs a namespace`);
  return key.namespace;
}

/** Room for a server's creationTimestamp being cut to whole seconds. Milliseconds. */
const timestampSlack = 2000;

interface Ours {
  /** Monotonic, milliseconds. */
  readonly begun: number;
  readonly manager: string;
  readonly signal: AbortSignal | undefined;
}

/** The object of that name, if the server made it since the call began (by its own clock) and it is what was sent. */
async function findOurs(
  transport: Transport,
  type: ResourceType,
  sent: KubeObject,
  ours: Ours,
): Promise<KubeObject | undefined> {
  const answer = await readObject(transport, type, keyOf(sent), ours.signal);
  const found = answer?.value as KubeObject | undefined;
  if (answer?.date === undefined || found === undefined) return undefined;
  const age = answer.date.getTime() - Date.parse(found.metadata.creationTimestamp ?? '');
  const elapsed = transport.clock.monotonic() - ours.begun;
  const managers = (found.metadata.managedFields ?? []) as { manager?: unknown }[];
  const byUs =
    managers.length === 0
      ? contains(contentOf(found), contentOf(sent))
      : managers.some(entry => entry.manager === ours.manager);
  return byUs && age <= elapsed + timestampSlack ? found : undefined;
}

/** What a writer says of an object: not what the server adds. */
function contentOf(object: KubeObject): unknown {
  const { labels, annotations } = object.metadata;
  const fields = Object.entries(object).filter(([name]) => name !== 'metadata' && name !== 'status');
  return { ...Object.fromEntries(fields), labels, annotations };
}

/** Whether everything in `part` is in `whole`, which may have more in its maps (defaults). */
function contains(whole: unknown, part: unknown): boolean {
  if (part === undefined || part === null) return true;
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) &&
      whole.length === part.length &&
      part.every((item, at) => contains(whole[at], item))
    );
  }
  if (typeof part !== 'object') return whole === part;
  const map = typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>) : {};
  return Object.entries(part).every(([key, value]) => isEmpty(value) || contains(map[key], value));
}

/** Servers leave empty maps and lists out. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Replaces an object. A repeated replace that carries a resourceVersion can be answered with `kube.conflict` although the first succeeded. */
export async function replaceObject(
  transport: Transport,
  type: ResourceType,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const key = keyOf(object);
  const request: ApiRequest = {
    method: 'PUT',
    path: objectPath(type, key, options.subresource),
    query: writeQuery(options),
    body: object,
    what: describe('REPLACE', type, key),
    repeatable: true,
    signal: options.signal,
  };
  return asObject(transport, request, await transport.json(request));
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Patches an object. All but JSON patches say what is to be, so that they are repeated after a fault. */
export async function patchObject(
  transport: Transport,
  target: { readonly type: ResourceType; readonly key: ObjectKey },
  patch: Patch,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const { type, key } = target;
  if (patch.type === 'apply' && !options.fieldManager)
    throw new Error('server-side apply needs a fieldManager');
  const request: ApiRequest = {
    method: 'PATCH',
    path: objectPath(type, key, options.subresource),
    query: {
      ...writeQuery(options),
      force: patch.type === 'apply' && patch.force === true ? true : undefined,
    },
    body: patch.body,
    contentType: patchTypes[patch.type],
    what: describe('PATCH', type, key),
    repeatable: patch.type !== 'json' || options.dryRun === true,
    signal: options.signal,
  };
  try {
    return asObject(transport, request, await transport.json(request));
  } catch (thrown) {
    throw !request.repeatable && isOutcomeUnknown(thrown) ? outcomeUnknown(request.what, thrown) : thrown;
  }
}

/** Deletes an object; false where there was none. After a fault in between, an object that is gone counts as deleted by us. */
export async function deleteObject(
  transport: Transport,
  type: ResourceType,
  key: ObjectKey,
  options: DeleteOptions = {},
): Promise<boolean> {
  let doubtful = false;
  try {
    await transport.json({
      method: 'DELETE',
      path: objectPath(type, key),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: options.propagation,
        gracePeriodSeconds: options.gracePeriodSeconds,
        preconditions: { uid: options.uid, resourceVersion: options.resourceVersion },
      },
      what: describe('DELETE', type, key),
      repeatable: true,
      signal: options.signal,
      onRetry: thrown => {
        doubtful ||= isOutcomeUnknown(thrown);
      },
    });
    return true;
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.not-found')) return doubtful;
    throw thrown;
  }
}

function writeQuery(options: WriteOptions): Query {
  return { fieldManager: managerOf(options), dryRun: options.dryRun === true ? 'All' : undefined };
}

function managerOf(options: WriteOptions): string {
  return options.fieldManager ?? defaultFieldManager;
}

function asObject(transport: Transport, request: ApiRequest, answer: JsonAnswer): KubeObject {
  const { value } = answer;
  if (typeof value === 'object' && value !== null && 'kind' in value) return value as KubeObject;
  throw raise['bad-response']({
    server: transport.server,
    what: request.what,
    reason: 'not an object with a kind',
  });
}
