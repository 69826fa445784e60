import type { ReadingOptions } from '../bolt/paced.ts';
import { raise } from '../errors.ts';
import { checkRestored } from './check-result.ts';
import type { RestorePlan } from './plan.ts';
import { type Stage, staged } from './staged.ts';
import { runTool } from './tool.ts';

/**
 * Does what was planned: etcd's own program makes the data directory beside its place, what it made is held against the plan, and
 * only then it is moved to where etcd looks for it. Whatever fails, nothing half written is left.
 *
 * @throws `etcd.restore-failed`, `etcd.restore-differs`, `etcd.restore-exists`, what the system says of writing
 */
export async function performRestore(plan: RestorePlan, options: ReadingOptions = {}): Promise<void> {
  const { signal } = options;
  await staged(plan, async stage => {
    const { program } = plan.tool;
    const { ending, output } = await runTool({ program, words: restoreWords(plan, stage), signal });
    if (ending !== 0) throw raise['restore-failed']({ program, said: lastOf(output) || String(ending) });
    await checkRestored(plan, stage, options);
    signal?.throwIfAborted();
  });
}

/** What the program is told, without its own name: etcdutl and etcdctl understand the same words. */
export function restoreWords(plan: RestorePlan, { dataDir, walDir }: Stage = plan): readonly string[] {
  const { snapshot, members, member, token, bumpRevision, skipsHashCheck } = plan;
  const cluster = members.flatMap(({ name, peerUrls }) => peerUrls.map(url => `${name}=${url}`));
  return [
    'snapshot',
    'restore',
    snapshot,
    `--data-dir=${dataDir}`,
    ...(walDir === undefined ? [] : [`--wal-dir=${walDir}`]),
    `--name=${member.name}`,
    `--initial-cluster=${cluster.join(',')}`,
    `--initial-cluster-token=${token}`,
    `--initial-advertise-peer-urls=${member.peerUrls.join(',')}`,
    ...(bumpRevision === undefined ? [] : [`--bump-revision=${bumpRevision}`, '--mark-compacted']),
    ...(skipsHashCheck ? ['--skip-hash-check'] : []),
  ];
}

/** The end of what a program said, of which the reason is the last line. */
function lastOf(output: string): string {
  return output.trim().split('\n').slice(-3).join(' ').slice(-1000);
}
