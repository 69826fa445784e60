import { HozonError } from '#foundation/errors.ts';
import { connectEtcd } from '../client/connect.ts';
import type { ConnectOptions, KeyHash } from '../client/connection.ts';
import type { EndpointState } from './endpoint-state.ts';

/** What members hold at one revision, by the hashes that etcd makes of all keys and values. */
export interface DataComparison {
  readonly revision: bigint;
  /** Ids of members; those of one group hold the same. The largest group first. */
  readonly groups: readonly (readonly string[])[];
}

type Question = Omit<ConnectOptions, 'endpoint'>;

/**
 * Compares the data of the members that answered. Each reads all of its database for that: to be asked only where there is a reason.
 * `undefined` where fewer than two can be compared, or they are of several clusters; a member that compacts at this moment is left out.
 */
export async function compareData(
  endpoints: readonly EndpointState[],
  question: Question,
): Promise<DataComparison | undefined> {
  const answered = endpoints.filter(({ status }) => status !== undefined && !status.isLearner);
  const revisions = answered.flatMap(({ status }) => status?.header.revision ?? []);
  const clusters = new Set(answered.map(({ status }) => status?.header.clusterId));
  if (revisions.length < 2 || clusters.size > 1) return undefined;
  const revision = revisions.reduce((least, each) => (each < least ? each : least));
  const hashes = await Promise.all(
    answered.map(({ endpoint }) => hashOf({ ...question, endpoint }, revision)),
  );
  return groupsOf(
    hashes.filter(hash => hash !== undefined),
    revision,
  );
}

/** Hashes can be compared where as much was compacted away. */
export function groupsOf(hashes: readonly KeyHash[], revision: bigint): DataComparison | undefined {
  const [comparable = []] = bySize(hashes, ({ compactRevision }) => compactRevision);
  const byId = new Map(comparable.map(hash => [hash.header.memberId, hash]));
  if (byId.size < 2) return undefined;
  const groups = bySize([...byId.values()], ({ hash }) => hash);
  return { revision, groups: groups.map(group => group.map(({ header }) => header.memberId)) };
}

/** Those whose data more than half of the voters have; empty where no data has so many, or where nobody said how many voters there are. */
export function majorityIn(comparison: DataComparison | undefined, voters: number): readonly string[] {
  const [largest = []] = comparison?.groups ?? [];
  return voters > 0 && largest.length * 2 > voters ? largest : [];
}

function bySize<T>(items: readonly T[], keyOf: (item: T) => unknown): T[][] {
  return [...Map.groupBy(items, keyOf).values()].sort((a, b) => b.length - a.length);
}

async function hashOf(options: ConnectOptions, revision: bigint): Promise<KeyHash | undefined> {
  await using connection = connectEtcd(options);
  try {
    return await connection.hashKv(revision);
  } catch (thrown) {
    if (thrown instanceof HozonError && thrown.exit !== 'cancelled') return undefined;
    throw thrown;
  }
}
