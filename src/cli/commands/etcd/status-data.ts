import type { MemberStatus } from '#etcd/client/connection.ts';
import type { EndpointState } from '#etcd/status/endpoint-state.ts';
import type { ClusterView } from './status-view.ts';

/** For programs. Ids are hexadecimal as etcdctl prints them; sizes are bytes; texts are English. */
export function statusData({ state, judgement, v2, checks }: ClusterView): object {
  return {
    clusterIds: state.clusterIds,
    verdict: judgement.verdict,
    findings: judgement.findings.map(({ weight, code, text }) => ({ weight, code, text: text.en() })),
    leader: state.leader,
    quorum: state.quorum,
    alarms: state.alarms,
    dataComparison: state.comparison && {
      revision: Number(state.comparison.revision),
      groups: state.comparison.groups,
    },
    v2Data: v2.v2Data,
    members: state.members,
    endpoints: state.endpoints.map(endpointData),
    clientCertificate: state.clientCertificate,
    preflight: checks.map(({ check, outcome, text }) => ({ check, outcome, text: text.en() })),
  };
}

function endpointData({ endpoint, status, tookMs, error, certificate }: EndpointState): object {
  return {
    endpoint,
    healthy: tookMs !== undefined,
    tookMs,
    error: error && { code: error.code, message: error.explain('en') },
    ...(status === undefined ? {} : memberData(status)),
    certificate,
  };
}

function memberData(status: MemberStatus): object {
  const { header, version, storageVersion, leader, isLearner, errors } = status;
  return {
    memberId: header.memberId,
    version,
    storageVersion,
    revision: Number(header.revision),
    raftTerm: Number(status.raftTerm),
    raftIndex: Number(status.raftIndex),
    raftAppliedIndex: Number(status.raftAppliedIndex),
    dbSize: Number(status.dbSize),
    dbSizeInUse: Number(status.dbSizeInUse),
    dbSizeQuota: status.dbSizeQuota === undefined ? undefined : Number(status.dbSizeQuota),
    isLeader: leader === header.memberId,
    isLearner,
    errors,
  };
}
