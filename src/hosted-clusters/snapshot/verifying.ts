import type { VerifyFinding } from '#etcd/snapshot/verify.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { say } from '#foundation/language.ts';
import { textAt } from '#kube/fields.ts';
import { type Json, proven, type Step, type StepRun, unproven } from '#steps/step.ts';
import { raise } from '../errors.ts';
import { capturedIn, spooledFile } from './capture.ts';
import type { SnapshotWork } from './work.ts';

interface Examined {
  readonly pod: string;
  readonly revision: number;
  readonly liveKeys: number;
  readonly findings: readonly VerifyFinding[];
}

/** Reads every page and record of each snapshot, holds them against each other, and chooses the one to keep. */
export function verifyStep(work: SnapshotWork): Step {
  return {
    id: 'verify',
    title: say(
      'Verify every page and record of each snapshot, and choose the one to keep',
      '各スナップショットの全ページと全レコードを検証し、保存するものを選択',
    ),
    command: 'hozon etcd snapshot verify etcd-0.db …',
    onlyLooks: true,
    neededBy: ['match-key', 'ship'],
    act: run => verify(work, run),
    prove: async (_, { result }) =>
      chosenIn(result) === undefined ? unproven(say('none was chosen', '未選択です')) : proven,
  };
}

async function verify(work: SnapshotWork, run: StepRun): Promise<Json> {
  const examined: Examined[] = [];
  for (const { pod } of capturedIn(run.resultOf('capture'))) {
    run.report(say(pod, pod));
    examined.push(await examine(work, run, pod));
  }
  refuseDifferent(examined);
  const [best] = examined.toSorted((a, b) => b.revision - a.revision);
  if (best === undefined) throw new Error('no snapshot was taken');
  return {
    chosen: best.pod,
    members: examined.map(({ pod, revision, liveKeys, findings }) => ({
      pod,
      revision,
      liveKeys,
      findings: findings.map(({ severity, text }) => `${severity}: ${text.en()}`),
    })),
  };
}

async function examine(work: SnapshotWork, run: StepRun, pod: string): Promise<Examined> {
  const { signal } = run;
  const file = spooledFile(work, run, pod);
  const { findings, status } = await verifySnapshot(file, { progress: work.progress, signal });
  const unsound = findings.find(({ severity }) => severity === 'unsound');
  if (unsound !== undefined || status === undefined) {
    const text = unsound?.text ?? say('it cannot be read to its end', '最後まで読み取れません');
    throw raise['snapshot-unsound']({ pod, reason: text });
  }
  return { pod, revision: status.revision, liveKeys: status.liveKeys, findings };
}

/** Of one revision, all have the same keys. */
function refuseDifferent(examined: readonly Examined[]): void {
  for (const one of examined) {
    const other = examined.find(each => each.revision === one.revision && each.liveKeys !== one.liveKeys);
    if (other === undefined) continue;
    const both = [one, other];
    const en = both.map(each => `${each.pod} has ${each.liveKeys} keys at ${each.revision}`);
    const ja = both.map(each => `${each.pod} はリビジョン ${each.revision} でキー ${each.liveKeys} 個`);
    throw raise['members-differ']({ hashes: say(en.join(', '), ja.join('、')) });
  }
}

/** The pod whose snapshot is kept. */
export function chosenIn(result: Json | undefined): string | undefined {
  const chosen = textAt(result, 'chosen');
  return chosen !== undefined && /^etcd-\d+$/.test(chosen) ? chosen : undefined;
}
