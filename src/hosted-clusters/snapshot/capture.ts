import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSink } from '#etcd/save/file-sink.ts';
import { saveSnapshot } from '#etcd/save/save-snapshot.ts';
import { say } from '#foundation/language.ts';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import { type Json, type Proof, proven, type Step, type StepRun, type Undo, unproven } from '#steps/step.ts';
import { raise } from '../errors.ts';
import { compareHashes } from './hashes.ts';
import { type MemberPod, reachMembers } from './members.ts';
import {
  discardSpool,
  isSpool,
  makeSpool,
  spooledElsewhere,
  spoolIdIn,
  spoolMemory,
  spoolPath,
} from './spool.ts';
import type { ClusterWork, SnapshotWork } from './work.ts';
import { areStopped, readReplicas } from './writers.ts';

/** One member's snapshot, as it lies in the spool. */
export interface Captured {
  /** `etcd-0`; its file is `etcd-0.db`. */
  readonly pod: string;
  readonly size: number;
  /** The checksum that etcd sent at its end. */
  readonly sha256: string;
}

/** Takes a snapshot of every member into a private directory of this machine, and holds the members against each other. */
export function captureStep(work: SnapshotWork): Step {
  const { controlPlaneNamespace, etcdReplicas } = work.cluster;
  return {
    id: 'capture',
    title: say(
      `Take a snapshot of each of the ${etcdReplicas} etcd members, and compare their hashes at one revision`,
      `${etcdReplicas} 台の etcd メンバーからスナップショットを取得し、同一リビジョンのハッシュを比較`,
    ),
    command: `oc exec -n ${controlPlaneNamespace} etcd-0 -c etcd -- env ETCDCTL_API=3 etcdctl … snapshot save …   (here: over a forwarded port, nothing is written there)`,
    onlyLooks: true,
    neededBy: ['verify', 'match-key', 'ship'],
    remember: async () => spoolMemory(work.spoolBase, work.spoolId),
    async act(run, memory) {
      const left = spooledElsewhere(work.spoolBase, memory);
      if (left !== undefined) run.note(left);
      return capture(work, run, spoolIdIn(memory));
    },
    prove: async (_, { memory, result }) => {
      if (result === undefined) return unproven(texts.notTaken);
      const isOwn = spoolIdIn(memory) === work.spoolId;
      if (!isOwn && (work.mode === 'live' || ageOf(work, result) > longestKept))
        return unproven(texts.tooOld);
      return areThere(work, spoolIdIn(memory), capturedIn(result));
    },
    undo: removeSpooled(work),
  };
}

/** What another run captured longer ago is not gone on with: who asks for a snapshot wants one of now. Milliseconds. */
const longestKept = 60 * 60_000;

function ageOf({ clock }: SnapshotWork, result: Json): number {
  const age = clock.now().getTime() - Date.parse(textAt(result, 'takenAt') ?? '');
  return Number.isNaN(age) ? Number.POSITIVE_INFINITY : age;
}

/** What cannot be removed, or lies on another machine, is told: nothing else may be left undone for its sake. */
export function removeSpooled({ spoolBase }: ClusterWork): Undo {
  return {
    title: say(
      'Remove the spooled snapshots from this machine',
      'このマシンに一時保存したスナップショットを削除',
    ),
    async act(run, memory) {
      const left = await discardSpool(spoolBase, memory);
      if (left !== undefined) run.note(left);
    },
    prove: async () => proven,
  };
}

async function capture(work: SnapshotWork, run: StepRun, id: string): Promise<Json> {
  const { clock, progress, mode } = work;
  const { signal } = run;
  await using members = await reachMembers(work, run);
  const wanted = work.cluster.etcdReplicas;
  if (members.all.length !== wanted) throw raise['members-missing']({ found: members.all.length, wanted });
  const path = await makeSpool(work.spoolBase, id);
  const takenAt = clock.now().toISOString();
  const captured: Captured[] = [];
  for (const { pod, source } of members.all) {
    run.report(say(pod, pod));
    const options = { name: `${pod}.db`, verify: false, progress, signal };
    const { size, proof } = await saveSnapshot(source, fileSink(path), options);
    captured.push({ pod, size, sha256: proof.sha256 });
  }
  const hashes = await compareHashes(members.all, { clock, signal, patience: work.patience });
  if (mode === 'cold') await requireStillStopped(work, run);
  return {
    takenAt,
    members: captured.map(each => ({ ...each, ...versionOf(members.all, each.pod) })),
    ...(hashes === undefined ? {} : { hashes: { ...hashes } }),
  };
}

/** Somebody may have scaled a writer up meanwhile; then it was not what it claims to be. */
async function requireStillStopped(work: SnapshotWork, run: StepRun): Promise<void> {
  const stopped = await areStopped(work, run, await readReplicas(work, run));
  if (!stopped.proven) throw raise['writers-came-back']({ reason: stopped.reason });
}

function versionOf(members: readonly MemberPod[], pod: string): { readonly version?: string } {
  const found = members.find(each => each.pod === pod);
  const version = found?.state?.endpoints[0]?.status?.version;
  return version === undefined ? {} : { version };
}

async function areThere(
  { spoolBase }: SnapshotWork,
  id: string,
  captured: readonly Captured[],
): Promise<Proof> {
  const path = spoolPath(spoolBase, id);
  if (captured.length === 0 || !(await isSpool(path))) return unproven(texts.notHere);
  for (const { pod, size } of captured) {
    const found = await stat(join(path, `${pod}.db`)).catch(() => undefined);
    if (found?.size !== size) return unproven(texts.notHere);
  }
  return proven;
}

/** As the journal has it: only pods of etcd, numbers and checksums count. */
export function capturedIn(result: Json | undefined): readonly Captured[] {
  return listAt(result, 'members').flatMap(each => {
    const [pod, sha256, size] = [textAt(each, 'pod'), textAt(each, 'sha256'), valueAt(each, 'size')];
    const isSound =
      pod !== undefined && /^etcd-\d+$/.test(pod) && sha256 !== undefined && typeof size === 'number';
    return isSound ? [{ pod, sha256, size }] : [];
  });
}

/** Where a member's snapshot lies. */
export function spooledFile({ spoolBase }: SnapshotWork, run: StepRun, pod: string): string {
  return join(spoolPath(spoolBase, spoolIdIn(run.memoryOf('capture'))), `${pod}.db`);
}

const texts = {
  notTaken: say('no snapshot is known', 'スナップショットの記録がありません'),
  tooOld: say(
    'the snapshots of an earlier run are too old to go on with',
    '以前の処理で取得したスナップショットは古いため使用しません',
  ),
  notHere: say(
    'the spooled snapshots are not on this machine',
    '一時保存したスナップショットがこのマシンにありません',
  ),
} as const;
