import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { BoltFile } from '../bolt/bolt-file.ts';
import type { LeafCursor } from '../bolt/leaf-cursor.ts';
import type { ReadingOptions } from '../bolt/paced.ts';
import { reasons } from '../bolt/reasons.ts';
import { raise } from '../errors.ts';
import { headRevision, readClusterFacts, type SnapshotMember } from '../snapshot/facts.ts';
import { keysAt } from '../snapshot/key-values.ts';
import { mainRevision } from '../snapshot/record.ts';
import { Records } from '../snapshot/records.ts';
import { scanDatabase, type Visitor } from '../snapshot/scan.ts';
import { StreamChecksum } from '../snapshot/stream-checksum.ts';
import type { RestoredMember, RestorePlan } from './plan.ts';
import type { Stage } from './staged.ts';
import { minorOf, type RestoreTool } from './tool.ts';
import { readLogIdentity } from './wal-identity.ts';

/**
 * Holds what a program of etcd's made against the plan: whose log it is, which members it names, every page of the database,
 * that the changes of keys are those of the snapshot to the last byte, and the newest revision.
 *
 * @throws `etcd.restore-differs`
 */
export async function checkRestored(
  plan: RestorePlan,
  stage: Stage,
  options: ReadingOptions = {},
): Promise<void> {
  const reason = (await logDifference(plan, stage)) ?? (await databaseDifference(plan, stage, options));
  if (reason !== undefined) throw raise['restore-differs']({ program: plan.tool.program, reason });
}

async function logDifference(
  { member, clusterId }: RestorePlan,
  { dataDir, walDir = join(dataDir, 'member/wal') }: Stage,
): Promise<Message | undefined> {
  const log = await readLogIdentity(walDir);
  if (log === undefined) return texts.noLog;
  return log.memberId === member.id && log.clusterId === clusterId ? undefined : texts.log;
}

async function databaseDifference(
  plan: RestorePlan,
  { dataDir }: Stage,
  options: ReadingOptions,
): Promise<Message | undefined> {
  const { facts, status } = plan.verified;
  const above = isOld(plan.tool) ? facts.pendingCompaction : undefined;
  const reading = { ...options, upTo: status.revision, above };
  using snapshot = BoltFile.open(plan.snapshot);
  const before = await readChanges(snapshot, { ...reading, isChecked: false });
  try {
    using restored = BoltFile.open(join(dataDir, 'member/snap/db'));
    const found = readClusterFacts(restored);
    if (!namesMembers(plan, found.members)) return texts.members;
    const after = await readChanges(restored, { ...reading, isChecked: true });
    if (before.hash !== after.hash || before.count !== after.count) return texts.keys;
    if (before.live !== after.live) return texts.keys;
    const head = headRevision(after.newest, found);
    return head === plan.revision ? undefined : texts.revision(head, plan.revision);
  } catch (thrown) {
    if (!isUnreadable(thrown)) throw thrown;
    return { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
  }
}

/** Up to 3.4 the program opens the database as a member does, and goes on with a compaction that had not ended. */
function isOld({ version }: RestoreTool): boolean {
  return minorOf(version) < minorOf('3.5');
}

function isUnreadable(thrown: unknown): thrown is HozonError {
  return ['damaged', 'foreign', 'missing'].some(name => isHozonError(thrown, `etcd.snapshot-${name}`));
}

/** Up to 3.4 the members of the snapshot stay in the database, and nobody looks at them: etcd has its members from the log. */
function namesMembers({ tool, members, verified }: RestorePlan, found: readonly SnapshotMember[]): boolean {
  return textOf(found) === textOf(isOld(tool) ? verified.facts.members : members);
}

function textOf(members: readonly RestoredMember[]): string {
  return members
    .map(({ id, name, peerUrls }) => [id, name, ...peerUrls].join(' '))
    .sort()
    .join();
}

interface Changes {
  /** CRC-32C of the bucket `key`, within the revisions that were asked for. */
  readonly hash: number;
  /** How many changes these are. */
  readonly count: number;
  /** The newest revision of all. */
  readonly newest: number;
  /** SHA-256 of the keys that there are, where changes below a revision were left out. */
  readonly live?: string | undefined;
}

interface ReadChanges extends ReadingOptions {
  readonly upTo: number;
  /** Leaves out changes up to this revision, of which a compaction removes those that are not the last of their key. */
  readonly above?: number | undefined;
  readonly isChecked: boolean;
}

async function readChanges(file: BoltFile, options: ReadChanges): Promise<Changes> {
  const reading = new ReadingOfChanges(file, options);
  await scanDatabase(file, reading, { ...options, phase: 'compare' });
  if (options.above === undefined) return reading.changes();
  return { ...reading.changes(), live: await hashOfKeys(file, options) };
}

async function hashOfKeys(file: BoltFile, { signal }: ReadingOptions): Promise<string> {
  const hash = createHash('sha256');
  const keys = await keysAt(new Records(file), { signal });
  for await (const { keyValue } of keys.all({ signal })) {
    const { key, value, createRevision, modRevision, version, lease } = keyValue;
    hash.update(`${[key.length, value.length, createRevision, modRevision, version, lease].join(' ')}\n`);
    hash.update(key);
    hash.update(value);
  }
  return hash.digest('hex');
}

class ReadingOfChanges implements Visitor {
  readonly #file: BoltFile;
  readonly #upTo: number;
  readonly #above: number;
  readonly #checksum = new StreamChecksum();
  #count = 0;
  #newest = 0;
  #isKeys = false;

  constructor(file: BoltFile, { upTo, above = 0 }: ReadChanges) {
    this.#file = file;
    this.#upTo = upTo;
    this.#above = above;
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
      if (main > this.#upTo || main <= this.#above) continue;
      this.#checksum.update(bytes, key, end);
      this.#count++;
    }
  }

  changes(): Changes {
    return { hash: this.#checksum.value(), count: this.#count, newest: this.#newest };
  }
}

const texts = {
  noLog: say('it made no log', 'ログが作成されていません'),
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
