import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { apiVersionOf, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import type { Certificates } from './certificates.ts';
import type { FrontDoor } from './front-door.ts';
import type { HostedTypes } from './types.ts';

/** What tests turn while the stand-in runs. */
export interface HostedKnobs {
  /** Members that are restored from now on have the defect OCPBUGS-99534: each becomes a cluster of its own. */
  splitBrain: boolean;
  /** Whether `pausedUntil` of a HostedCluster reaches its HostedControlPlane: `false` is an operator that is away. */
  propagatesPause: boolean;
  /** Whether members lose the init container that restored them as soon as all are: each is replaced then, one by one. */
  rollsAfterRestore: boolean;
}

/** What the two operators that the stand-in plays share. */
export interface World {
  readonly client: KubeApi;
  readonly types: HostedTypes;
  readonly knobs: HostedKnobs;
  /** Where the stand-in keeps its files: a directory for each control plane, named after its namespace. */
  readonly dir: string;
  /** The certificate, in PEM, of the authority of the object store that snapshots are fetched from. */
  readonly trusted: string;
  /** The door of a hosted cluster, by the namespace of its control plane; it stays when the cluster is made anew. */
  door(namespace: string): Promise<FrontDoor>;
  /** The certificates of one HostedCluster, made when they are first asked for. */
  certificates(namespace: string, uid: string): Promise<Certificates>;
  /** What was applied last, so that nothing is applied again that has not changed. */
  readonly applied: Map<string, string>;
}

/** Something is missing that may still come; the attempt is repeated. */
export class NotYet extends Error {}

const fieldManager = 'hypershift-stand-in';

/** Applies an object unless it was applied just so for this owner, or `again` says that it no longer is so. */
export async function apply(
  { client, types, applied }: World,
  object: KubeObject,
  options: { owner: string; again?: boolean; signal: AbortSignal },
): Promise<void> {
  const type = typeOf(types, object);
  const { namespace, name } = object.metadata;
  const memo = [options.owner, type.resource, namespace ?? '', name].join('/');
  const text = JSON.stringify(object);
  if (applied.get(memo) === text && options.again !== true) return;
  await client.patch(
    type,
    { namespace, name },
    { type: 'apply', body: object, force: true },
    { fieldManager, signal: options.signal },
  );
  applied.set(memo, text);
}

/** Creates an object unless there is one of its name. */
export async function ensure(
  { client, types }: World,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(typeOf(types, object), object, { signal });
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.already-exists')) throw thrown;
  }
}

export async function read<T extends KubeObject>(
  { client }: World,
  type: ResourceType,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<T | undefined> {
  return (await client.get(type, key, { signal })) as T | undefined;
}

function typeOf(types: HostedTypes, { apiVersion, kind }: KubeObject): ResourceType {
  const found = Object.values(types as unknown as Record<string, ResourceType>).find(
    type => type.kind === kind && apiVersionOf(type) === apiVersion,
  );
  if (found === undefined) throw new Error(`the stand-in does not know ${apiVersion} ${kind}`);
  return found;
}
