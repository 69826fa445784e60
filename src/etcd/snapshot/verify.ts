import { type HozonError, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { BoltFile } from '../bolt/bolt-file.ts';
import type { ReadingOptions } from '../bolt/paced.ts';
import { recordChecker } from './check-records.ts';
import { type ClusterFacts, readClusterFacts } from './facts.ts';
import { requireUnused } from './in-use.ts';
import { scanDatabase } from './scan.ts';
import { Counting, type SnapshotStatus } from './status.ts';
import { checkTrailer, type Trailer, trailerSize } from './trailer.ts';

/**
 * Something about a snapshot that somebody should know. `unsound`: it must not be restored from; `unproven`: nothing is wrong, but
 * not everything could be proven; `remark`: good to know.
 */
export interface VerifyFinding {
  readonly severity: 'unsound' | 'unproven' | 'remark';
  readonly text: Message;
}

export interface Verified {
  readonly findings: readonly VerifyFinding[];
  readonly trailer: Trailer;
  /** Absent where reading ended early: a finding says why. */
  readonly status?: SnapshotStatus | undefined;
  readonly facts?: ClusterFacts | undefined;
}

export interface VerifyOptions extends ReadingOptions {
  /** What is known of the checksum already, so that it is not computed again. */
  readonly trailer?: Trailer | undefined;
}

/**
 * Reads every byte of a snapshot and says what is wrong: the checksum at its end, each page (its number, its type, the order and
 * range of its keys, that nothing refers to it twice), each record (its revision, its counters), and whether what
 * it says of its cluster can be.
 *
 * @throws `etcd.snapshot-missing`, `etcd.snapshot-in-use`, what reading the file throws; damage is a finding
 */
export async function verifySnapshot(path: string, options: VerifyOptions = {}): Promise<Verified> {
  await requireUnused(path);
  const trailer = options.trailer ?? (await checkTrailer(path, options));
  const findings = [...trailerFindings(trailer)];
  try {
    using file = BoltFile.open(path);
    findings.push(...fileFindings(file, trailer));
    const counting = new Counting(file, recordChecker(file));
    await scanDatabase(file, counting, { ...options, phase: 'verify', isChecked: true });
    const status = counting.status();
    const facts = readClusterFacts(file);
    findings.push(...clusterFindings(facts, status));
    return { findings, trailer, status, facts };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    const text = { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
    return { findings: [...findings, { severity: 'unsound', text }], trailer };
  }
}

function isDamage(thrown: unknown): thrown is HozonError {
  return isHozonError(thrown, 'etcd.snapshot-damaged') || isHozonError(thrown, 'etcd.snapshot-foreign');
}

function* trailerFindings(trailer: Trailer): Generator<VerifyFinding> {
  if (trailer === 'differs') yield { severity: 'unsound', text: texts.trailerDiffers };
  if (trailer === 'absent') yield { severity: 'unproven', text: texts.trailerAbsent };
  if (trailer === 'cut') yield { severity: 'unsound', text: texts.cut };
}

function* fileFindings(file: BoltFile, trailer: Trailer): Generator<VerifyFinding> {
  if (file.soundMetas < 2) yield { severity: 'unsound', text: texts.oneMeta };
  const expected = file.meta.pages * file.meta.pageSize;
  const extra = file.size - expected - (trailer === 'sound' || trailer === 'differs' ? trailerSize : 0);
  if (extra > 0 && trailer !== 'sound') yield { severity: 'remark', text: texts.longer(extra) };
}

function* clusterFindings(facts: ClusterFacts, status: SnapshotStatus): Generator<VerifyFinding> {
  if (facts.members.length === 0) yield { severity: 'unproven', text: texts.noMembers };
  if (facts.members.some(({ peerUrls }) => peerUrls.length === 0)) {
    yield { severity: 'unproven', text: texts.noPeers };
  }
  if (facts.consistentIndex === undefined || facts.consistentIndex === 0n) {
    yield { severity: 'unproven', text: texts.noIndex };
  }
  if (status.liveKeys === 0) yield { severity: 'remark', text: texts.noKeys };
}

const texts = {
  trailerDiffers: say(
    'the checksum at its end is not that of its content: it was changed, cut or mixed after it was taken',
    '末尾のチェックサムが内容と一致しません。取得後に変更、切断、または混入が起きています',
  ),
  trailerAbsent: say(
    'it has no checksum at its end: a copy of a database, or cut; etcd restores it only with --skip-hash-check',
    '末尾にチェックサムがありません。データベースのコピーか、途中で切れています。etcd での復元には --skip-hash-check が必要です',
  ),
  cut: say(
    'its length is that of no database, with or without a checksum behind it: it was cut, or something was added to it',
    'ファイルの長さが、チェックサムの有無を問わずデータベースとしてあり得ません。途中で切れたか、何かが追加されています',
  ),
  oneMeta: say('one of its two meta pages is damaged', '2 つのメタページの一方が破損しています'),
  longer: (bytes: number): Message =>
    say(
      `${bytes} bytes follow the database, as in a database that was not copied through a snapshot`,
      `データベースの後に ${bytes} バイトあります (スナップショットではなくデータベースのコピーと思われます)`,
    ),
  noMembers: say('it names no member of the cluster', 'クラスターのメンバーが記録されていません'),
  noPeers: say('a member in it has no peer URL', 'ピア URL のないメンバーがあります'),
  noIndex: say(
    'it does not say up to which entry of the log it has everything',
    '適用済みログの位置 (consistent index) が記録されていません',
  ),
  noKeys: say('it holds no keys', 'キーが 1 つもありません'),
} as const;
