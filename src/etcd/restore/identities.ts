import { createHash } from 'node:crypto';
import type { PlannedMember } from './initial-cluster.ts';

/** Who the members of a new cluster are going to be. Sixteen hexadecimal digits each, without leading zeros as etcd prints them. */
export interface ClusterIdentity {
  readonly clusterId: string;
  /** By the names of the members. */
  readonly memberIds: ReadonlyMap<string, string>;
}

/**
 * The identities that etcd (3.4 to 3.6, `membership.NewMember` and `RaftCluster.genID`) gives to members that begin together: a
 * member's is of its peer URLs and the token, the cluster's of its members'. So equal flags on every host make one cluster,
 * and a token that was never used makes one that no member of another cluster is taken for.
 */
export function identityOf(members: readonly PlannedMember[], token: string): ClusterIdentity {
  const ids = members.map(({ name, peerUrls }) => [name, idOf(`${peerUrls.join('')}${token}`)] as const);
  const sorted = ids.map(([, id]) => id).toSorted((a, b) => a.compare(b));
  return {
    clusterId: text(idOf(Buffer.concat(sorted))),
    memberIds: new Map(ids.map(([name, id]) => [name, text(id)])),
  };
}

/** The first eight bytes of the SHA-1. */
function idOf(content: string | Buffer): Buffer {
  return createHash('sha1').update(content).digest().subarray(0, 8);
}

function text(id: Buffer): string {
  return id.readBigUInt64BE().toString(16);
}
