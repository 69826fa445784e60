import { join } from 'node:path';
import { type Message, say } from '#foundation/language.ts';
import { BoltFile } from '../bolt/bolt-file.ts';
import type { LeafCursor } from '../bolt/leaf-cursor.ts';
import type { ReadingOptions } from '../bolt/paced.ts';
import { reasons } from '../bolt/reasons.ts';
import { raise } from '../errors.ts';
import { headRevision, readClusterFacts, type SnapshotMember } from '../snapshot/facts.ts';
import { mainRevision } from '../snapshot/record.ts';
import { scanDatabase, type Visitor } from '../snapshot/scan.ts';
import { StreamChecksum } from '../snapshot/stream-checksum.ts';
import type { RestoredMember, RestorePlan } from './plan.ts';
import type { Stage } from './staged.ts';
import { minorOf } from './tool.ts';
import { readLogIdentity } from './wal-identity.ts';

/**
 * Holds what a program of etcd's made against the plan: whose log it is, which members it names, every page of the database,
 * that the changes of keys are those of the snapshot to the last byte, and the newest revision.
 *
 * @throws `etcd.restore-differs`
 */
export async function checkRestored(
  plan: RestorePlan,
  { dataDir, walDir = join(dataDir, 'member/wal') }: Stage,
  options: ReadingOptions = {},
): Promise<void> {
  const differs = (reason: Message): Error =>
    raise['restore-differs']({ program: plan.tool.program, reason });
  const log = await readLogIdentity(walDir);
  if (log?.memberId !== plan.member.id || log.clusterId !== plan.clusterId) throw differs(texts.log);
  using restored = BoltFile.open(join(dataDir, 'member/snap/db'));
  const facts = readClusterFacts(restored);
  if (!namesMembers(plan, facts.members)) throw differs(texts.members);
  using snapshot = BoltFile.open(plan.snapshot);
  const { revision: upTo } = plan.verified.status;
  const before = await readChanges(snapshot, { upTo, isChecked: false, ...options });
  const after = await readChanges(restored, { upTo, isChecked: true, ...options });
  if (before.hash !== after.hash || before.count !== after.count) throw differs(texts.keys);
  const head = headRevision(after.newest, facts);
  if (head !== plan.revision) throw differs(texts.revision(head, plan.revision));
}

/** Up to 3.4 the members of the snapshot stay in the database, and nobody looks at them: etcd has its members from the log. */
function namesMembers({ tool, members, verified }: RestorePlan, found: readonly SnapshotMember[]): boolean {
  const isOld = minorOf(tool.version) < minorOf('3.5');
  return textOf(found) === textOf(isOld ? verified.facts.members : members);
}

function textOf(members: readonly RestoredMember[]): string {
  return members
    .map(({ id, name, peerUrls }) => [id, name, ...peerUrls].join(' '))
    .sort()
    .join();
}

interface Changes {
  /** CRC-32C of the bucket `key`, up to a revision. */
  readonly hash: number;
  /** How many changes these are. */
  readonly count: number;
  /** The newest revision of all. */
  readonly newest: number;
}

interface ReadChanges extends ReadingOptions {
  readonly upTo: number;
  readonly isChecked: boolean;
}

async function readChanges(file: BoltFile, options: ReadChanges): Promise<Changes> {
  const reading = new ReadingOfChanges(file, options.upTo);
  await scanDatabase(file, reading, { ...options, phase: 'compare' });
  return reading.changes();
}

class ReadingOfChanges implements Visitor {
  readonly #file: BoltFile;
  readonly #upTo: number;
  readonly #checksum = new StreamChecksum();
  #count = 0;
  #newest = 0;
  #isKeys = false;

  constructor(file: BoltFile, upTo: number) {
    this.#file = file;
    this.#upTo = upTo;
  }

  bucket(name: string): void {
    this.#isKeys = name === 'key';
  }

  leaf(cursor: LeafCursor): void {
    if (!this.#isKeys) return;
    while (cursor.next()) {
      const { bytes, key, value, end, page } = cursor;
      const main = mainRevision(bytes, key, value);
      if (main < 0) this.#file.refuse(reasons.revision, page);
      this.#newest = main;
      if (main > this.#upTo) continue;
      this.#checksum.update(bytes, key, end);
      this.#count++;
    }
  }

  changes(): Changes {
    return { hash: this.#checksum.value(), count: this.#count, newest: this.#newest };
  }
}

const texts = {
  log: say(
    'the log is of another member or cluster than was worked out',
    'ログのメンバーまたはクラスターの ID が計画と一致しません',
  ),
  members: say('it names other members', 'メンバーの一覧が計画と一致しません'),
  keys: say('its keys are not those of the snapshot', 'キーがスナップショットと一致しません'),
  revision: (found: number, planned: number): Message =>
    say(
      `its newest revision is ${found} and should be ${planned}`,
      `最新のリビジョンが ${planned} ではなく ${found} です`,
    ),
} as const;
