import type { Alarm, EtcdTls, EtcdUser, Member } from '../client/connection.ts';
import { type CertificateFacts, firstCertificate } from './certificate.ts';
import { compareData, type DataComparison } from './data-comparison.ts';
import { type EndpointState, readEndpointState } from './endpoint-state.ts';

export interface ClusterQuestion {
  readonly endpoints: readonly string[];
  /** Ask the members that none of the endpoints is, at the client URLs that the cluster knows of them. */
  readonly everyMember?: boolean | undefined;
  /** Leads to the one endpoint: see `ConnectOptions`. */
  readonly socket?: string | undefined;
  readonly tls?: EtcdTls | undefined;
  readonly user?: EtcdUser | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface MemberState extends Member {
  /** It has taken part in the cluster at least once. */
  readonly started: boolean;
  readonly isLeader: boolean;
  /** The endpoint that it answered at; `undefined` for a member that was not asked, or did not answer. */
  readonly endpoint: string | undefined;
  /** A linearizable read over it succeeded; `undefined` where nobody knows. */
  readonly healthy: boolean | undefined;
}

export interface Quorum {
  /** Members that vote: all but learners. */
  readonly voters: number;
  /** How many of them must work together. */
  readonly needed: number;
  /** Those that are known to work. */
  readonly healthy: number;
  /** A linearizable read has succeeded somewhere. */
  readonly reached: boolean;
}

/** A cluster, as far as its endpoints tell. */
export interface ClusterState {
  /** Of the first that answered; several where the endpoints belong to different clusters. */
  readonly clusterIds: readonly string[];
  readonly endpoints: readonly EndpointState[];
  /** Empty where no endpoint answered. */
  readonly members: readonly MemberState[];
  readonly leader: string | undefined;
  readonly quorum: Quorum;
  readonly alarms: readonly Alarm[];
  /** Made where an alarm says that members do not hold the same, because that need not name the one that is wrong. */
  readonly comparison: DataComparison | undefined;
  /** What we present. */
  readonly clientCertificate: CertificateFacts | undefined;
}

/**
 * Asks every endpoint at the same time. An endpoint that fails is part of the answer.
 *
 * @throws `etcd.endpoint-invalid`, `etcd.credentials-unreadable`
 */
export async function readClusterState(question: ClusterQuestion): Promise<ClusterState> {
  const given = await askAll(question.endpoints, question);
  const more = question.everyMember === true ? await askAll(notAsked(given), question) : [];
  const endpoints = [...given, ...more];
  const isCorrupt = alarmsOf(endpoints).some(({ alarm }) => alarm === 'CORRUPT');
  const comparison = isCorrupt ? await compareData(endpoints, question) : undefined;
  return stateOf(endpoints, firstCertificate(question.tls?.cert), comparison);
}

/** What the answers of endpoints say together. */
export function stateOf(
  endpoints: readonly EndpointState[],
  clientCertificate: CertificateFacts | undefined,
  comparison?: DataComparison,
): ClusterState {
  const leader = leaderOf(endpoints);
  const members = membersOf(endpoints).map(member => memberState(member, endpoints, leader));
  const voters = members.filter(({ isLearner }) => !isLearner);
  return {
    clusterIds: [...new Set(endpoints.flatMap(({ status }) => status?.header.clusterId ?? []))],
    endpoints,
    members,
    leader,
    quorum: {
      voters: voters.length,
      needed: Math.floor(voters.length / 2) + 1,
      healthy: voters.filter(({ healthy }) => healthy === true).length,
      reached: endpoints.some(({ tookMs }) => tookMs !== undefined),
    },
    alarms: alarmsOf(endpoints),
    comparison,
    clientCertificate,
  };
}

function askAll(endpoints: readonly string[], question: ClusterQuestion): Promise<EndpointState[]> {
  const { socket, tls, user, timeoutMs, signal } = question;
  return Promise.all(
    endpoints.map(endpoint => readEndpointState({ endpoint, socket, tls, user, timeoutMs, signal })),
  );
}

/** A client URL of each member that has answered nowhere. One that was asked in vain is not asked again. */
function notAsked(endpoints: readonly EndpointState[]): string[] {
  const asked = new Set(endpoints.map(({ endpoint }) => endpoint));
  const answered = new Set(endpoints.map(({ status }) => status?.header.memberId));
  return membersOf(endpoints)
    .filter(({ id, clientUrls }) => !answered.has(id) && !clientUrls.some(url => asked.has(url)))
    .flatMap(({ clientUrls }) => clientUrls.slice(0, 1));
}

/** The list of whoever is furthest: a member that fell behind knows old ones. */
function membersOf(endpoints: readonly EndpointState[]): readonly Member[] {
  const furthest = endpoints
    .filter(({ members }) => members !== undefined)
    .toSorted((a, b) => Number((b.status?.raftAppliedIndex ?? 0n) - (a.status?.raftAppliedIndex ?? 0n)));
  return furthest[0]?.members?.members ?? [];
}

/** Whom the newest term has; a member that was cut off may still name the leader of an older one. */
function leaderOf(endpoints: readonly EndpointState[]): string | undefined {
  const known = endpoints.flatMap(({ status }) => status ?? []);
  const newest = known.reduce((term, { raftTerm }) => (raftTerm > term ? raftTerm : term), 0n);
  return known.find(({ raftTerm, leader }) => raftTerm === newest && leader !== undefined)?.leader;
}

function memberState(
  member: Member,
  endpoints: readonly EndpointState[],
  leader: string | undefined,
): MemberState {
  const answered = endpoints.filter(({ status }) => status?.header.memberId === member.id);
  const failed = endpoints.some(
    ({ status, endpoint }) => status === undefined && member.clientUrls.includes(endpoint),
  );
  const works = answered.some(({ tookMs }) => tookMs !== undefined);
  return {
    ...member,
    started: member.name !== '',
    isLeader: member.id === leader,
    endpoint: answered[0]?.endpoint,
    healthy: answered.length > 0 ? works : failed ? false : undefined,
  };
}

function alarmsOf(endpoints: readonly EndpointState[]): Alarm[] {
  const every = endpoints.flatMap(({ alarms }) => alarms);
  return [...new Map(every.map(each => [`${each.memberId} ${each.alarm}`, each])).values()];
}
