import type { EtcdConnection, KeyHash } from '#etcd/client/connection.ts';
import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { raise } from '../errors.ts';
import type { MemberPod } from './members.ts';

/** What every member says of all keys at one revision: equal wherever they hold the same. */
export interface ComparedHashes {
  readonly revision: number;
  readonly compactRevision: number;
  readonly hash: number;
  /** The pods that were asked. */
  readonly members: readonly string[];
}

/** How often a comparison is made anew that a compaction came into, or a member that was behind. */
const attempts = 10;

/** Milliseconds between two. */
const pause = 500;

export interface ComparingOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long a member that does not answer in time is asked again. Milliseconds; not at all unless given. */
  readonly patience?: number | undefined;
}

/**
 * Compares the members' hashes of all keys (etcd's HashKV) at the smallest of their revisions. `undefined` where fewer than two can be asked.
 *
 * @throws `hosted-cluster.members-differ`; what asking throws, once patience is at an end
 */
export async function compareHashes(
  members: readonly MemberPod[],
  { clock, signal, patience = 0 }: ComparingOptions,
): Promise<ComparedHashes | undefined> {
  const connections = members.flatMap(({ pod, connect }) =>
    connect === undefined ? [] : [{ pod, connection: connect() }],
  );
  try {
    if (connections.length < 2) return undefined;
    const until = clock.monotonic() + patience;
    for (let attempt = 1; ; attempt++) {
      const hashes = await hashesOrLate(connections, signal, () => clock.monotonic() < until);
      const [first] = hashes;
      if (first !== undefined && hashes.every(({ of }) => isSame(of, first.of))) return comparedOf(hashes);
      if (attempt >= attempts && hashes.length > 0)
        throw raise['members-differ']({ hashes: described(hashes) });
      await clock.sleep(pause, signal);
    }
  } finally {
    await Promise.allSettled(connections.map(({ connection }) => connection[Symbol.asyncDispose]()));
  }
}

interface Asked {
  readonly pod: string;
  readonly connection: EtcdConnection;
}

interface HashOf {
  readonly pod: string;
  readonly revision: bigint;
  readonly of: KeyHash;
}

/** None where a member was late and may be asked again: it reads its whole database for the answer. */
async function hashesOrLate(
  members: readonly Asked[],
  signal: AbortSignal,
  mayWait: () => boolean,
): Promise<HashOf[]> {
  try {
    return await hashesAt(members, signal);
  } catch (thrown) {
    if (isHozonError(thrown) && thrown.retry === 'later' && mayWait()) return [];
    throw thrown;
  }
}

async function hashesAt(members: readonly Asked[], signal: AbortSignal): Promise<HashOf[]> {
  const states = await Promise.all(members.map(({ connection }) => connection.status({ signal })));
  const revisions = states.map(({ header }) => header.revision);
  const revision = revisions.reduce((least, each) => (each < least ? each : least));
  return Promise.all(
    members.map(async ({ pod, connection }) => ({
      pod,
      revision,
      of: await connection.hashKv(revision, { signal }),
    })),
  );
}

/** Hashes of different compactions say nothing of each other. */
function isSame(a: KeyHash, b: KeyHash): boolean {
  return a.hash === b.hash && a.compactRevision === b.compactRevision;
}

function comparedOf(hashes: readonly HashOf[]): ComparedHashes {
  const [first] = hashes;
  return {
    revision: Number(first?.revision),
    compactRevision: Number(first?.of.compactRevision),
    hash: first?.of.hash ?? 0,
    members: hashes.map(({ pod }) => pod),
  };
}

function described(hashes: readonly HashOf[]): Message {
  const said = hashes.map(({ pod, revision, of: { hash, compactRevision } }) => {
    const text = `${pod} ${hash.toString(16)}`;
    return {
      en: `${text} at ${revision} (compacted ${compactRevision})`,
      ja: `${text} (リビジョン ${revision}、圧縮済み ${compactRevision})`,
    };
  });
  return say(said.map(({ en }) => en).join(', '), said.map(({ ja }) => ja).join('、'));
}
