import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi, PodKey } from '#kube/api.ts';
import { listAt, textAt } from '#kube/fields.ts';
import { formatKey, type ObjectKey } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { connectEtcd } from '../client/connect.ts';
import type { EtcdConnection, EtcdTls, EtcdUser } from '../client/connection.ts';
import { raise } from '../errors.ts';
import type { VerifyFinding } from '../snapshot/verify.ts';
import { type ClusterState, readClusterState } from '../status/cluster-state.ts';
import { chooseMember, doubtsOf } from './choose-member.ts';
import { memberSource } from './member-source.ts';
import { openPodAccess, podFailure, podSource } from './pod-connection.ts';
import { podExecSource } from './pod-exec-source.ts';
import { type PodLayout, podLayout } from './pod-layout.ts';
import { findTlsPaths, tlsOfPod, tlsOfSecret } from './pod-tls.ts';
import type { SnapshotSource } from './source.ts';

/** A member that can be asked for its snapshot. */
export interface Reached extends AsyncDisposable {
  readonly source: SnapshotSource;
  /** What the members that were asked say; `undefined` where none is asked before etcdctl does. */
  readonly state: ClusterState | undefined;
  /** Why the data of the member cannot be trusted, as far as the members that were asked say. */
  readonly doubts: readonly VerifyFinding[];
  /** Another connection to the member; `undefined` where only commands are run in its pod. */
  readonly connect: (() => EtcdConnection) | undefined;
}

interface HowToAsk {
  readonly tls: EtcdTls | undefined;
  readonly user?: EtcdUser | undefined;
  readonly timeoutMs?: number | undefined;
  /** How long nothing may come of a snapshot that has begun. */
  readonly idleMs?: number | undefined;
}

/**
 * Asks the endpoints how they are, and takes the best of them.
 *
 * @throws `etcd.save-several-clusters`, `etcd.save-learner`; what is wrong with the first endpoint, where none answers: `etcd.*`
 */
export async function reachMember(
  question: HowToAsk & { readonly endpoints: readonly string[] },
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Reached> {
  const state = await readClusterState({ ...question, signal });
  const { clusterIds } = state;
  if (clusterIds.length > 1) throw raise['save-several-clusters']({ clusterIds });
  const chosen = chooseMember(state);
  if (chosen === undefined) throw learnerOf(state) ?? state.endpoints[0]?.error ?? new Error('no endpoints');
  const { endpoint, status } = chosen;
  const connection = connectEtcd({ ...question, endpoint, signal });
  return {
    source: memberSource(connection, Number(status.dbSize)),
    state,
    doubts: doubtsOf(chosen, state),
    connect: () => connectEtcd({ ...question, endpoint, signal }),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** Where nobody but learners answers. */
function learnerOf({ endpoints }: ClusterState): Error | undefined {
  const learners = endpoints.filter(({ status }) => status?.isLearner === true);
  return learners.length === 0
    ? undefined
    : raise['save-learner']({ endpoints: learners.map(({ endpoint }) => endpoint) });
}

export interface PodRequest extends Omit<HowToAsk, 'tls'> {
  readonly pod: PodKey;
  readonly container?: string | undefined;
  /** What is given by hand; else what the Secret holds, else what lies in the container. */
  readonly tls?: EtcdTls | undefined;
  readonly secret?: ObjectKey | undefined;
  /** A forwarded port, and a command in the container only where that is refused, unless told. */
  readonly via?: 'port-forward' | 'exec' | undefined;
}

export interface ReachPodOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told that no port can be forwarded, and why, before a command is tried. */
  readonly onFallback?: ((thrown: unknown) => void) | undefined;
  /** Told of a snapshot that could not be removed from the pod again. */
  readonly onLeft?: ((path: string, thrown: unknown) => void) | undefined;
}

/**
 * Finds the member in a pod.
 *
 * @throws `etcd.pod-missing`, `pod-container`, `pod-certificates`, `pod-secret`, `pod-unanswered`, and what the API server answers
 */
export async function reachPod(
  api: KubeApi,
  request: PodRequest,
  options: ReachPodOptions,
): Promise<Reached> {
  const layout = await layoutOf(api, request, options);
  if (request.via === 'exec') return byExec(api, request, { ...options, layout });
  const tls = layout.secure ? await tlsFor(api, request, { ...options, layout }) : undefined;
  try {
    return await byPortForward(api, { ...request, tls }, { ...options, layout });
  } catch (thrown) {
    if (request.via === 'port-forward' || !isForwardingRefused(thrown)) throw thrown;
    options.onFallback?.(thrown);
    return byExec(api, request, { ...options, layout });
  }
}

async function layoutOf(
  api: Pick<KubeApi, 'get'>,
  { pod, container }: PodRequest,
  { signal }: ReachPodOptions,
): Promise<PodLayout> {
  const object = await api.get(podType, pod, { signal });
  if (object === undefined) throw raise['pod-missing']({ pod: formatKey(pod) });
  const layout = podLayout(object, container);
  if (layout !== undefined) return layout;
  const known = listAt(object, 'spec', 'containers').map(each => textAt(each, 'name') ?? '');
  throw raise['pod-container']({ pod: formatKey(pod), container: container ?? 'etcd', known });
}

interface Reaching extends ReachPodOptions {
  readonly layout: PodLayout;
}

async function byPortForward(
  api: KubeApi,
  { pod, tls, user, timeoutMs, idleMs }: PodRequest,
  { layout, signal }: Reaching,
): Promise<Reached> {
  const access = await openPodAccess(api, pod, { layout, tls, user, idleMs });
  try {
    const state = await readClusterState({
      ...access.how,
      endpoints: [access.how.endpoint],
      timeoutMs,
      signal,
    });
    const member = chooseMember(state);
    if (member === undefined) throw learnerOf(state) ?? podFailure(state.endpoints[0]?.error, access, pod);
    return {
      source: podSource(access, pod, Number(member.status.dbSize)),
      state,
      doubts: doubtsOf(member, state),
      connect: () => connectEtcd({ ...access.how, timeoutMs, signal }),
      [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await access[Symbol.asyncDispose]();
    throw thrown;
  }
}

async function tlsFor(
  api: KubeApi,
  { pod, tls, secret }: PodRequest,
  { layout, signal }: Reaching,
): Promise<EtcdTls> {
  if (tls?.cert !== undefined) return tls;
  const found = secret === undefined ? undefined : await tlsOfSecret(secret, { api, signal });
  const { ca, cert, key } = found ?? (await tlsOfPod(pod, layout, { api, signal }));
  return { ca: tls?.ca ?? ca, cert, key, serverName: tls?.serverName, skipVerify: tls?.skipVerify };
}

async function byExec(api: KubeApi, request: PodRequest, reaching: Reaching): Promise<Reached> {
  const { pod, timeoutMs, idleMs: stallMs } = request;
  const { layout, signal, onLeft } = reaching;
  const tls = layout.secure ? await findTlsPaths(pod, layout, { api, signal }) : undefined;
  const source = podExecSource({ api, pod, layout, tls, timeoutMs, stallMs, onLeft });
  return {
    source,
    state: undefined,
    doubts: [],
    connect: undefined,
    [Symbol.asyncDispose]: () => source.settled(),
  };
}

/** By the API server's rules, or by a node that cannot. */
function isForwardingRefused(thrown: unknown): boolean {
  return ['kube.port-forward-failed', 'kube.forbidden', 'kube.rejected', 'kube.not-found'].some(code =>
    isHozonError(thrown, code),
  );
}
