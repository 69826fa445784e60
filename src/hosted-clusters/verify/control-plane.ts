import { say } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import { textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import {
  conditionOf,
  configMapType,
  deploymentType,
  type HostedCluster,
  readControlPlane,
  replicasOf,
} from '../hosted-cluster.ts';
import { lockKey } from '../journal/lock-object.ts';
import { writers } from '../snapshot/writers.ts';
import { remark, type SoundnessFinding, unsound } from './finding.ts';
import { judgeRun } from './judge-run.ts';

interface Looking {
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** What the objects of a hosted cluster say: its pause, its restore, its writers, a run that did not end. @throws `kube.*` */
export async function judgeControlPlane(
  api: KubeApi,
  cluster: HostedCluster,
  { now, signal }: Looking,
): Promise<SoundnessFinding[]> {
  const plane = await readControlPlane(api, cluster, { signal });
  const deployments = await Promise.all(
    writers.map(name =>
      api.get(deploymentType, { namespace: cluster.controlPlaneNamespace, name }, { signal }),
    ),
  );
  const lock = await api.get(configMapType, lockKey(cluster.key), { signal });
  return [
    ...(lock === undefined ? [] : await judgeRun(lock, cluster.key, now)),
    ...judgePause(cluster.object, plane, now),
    ...judgeRestored(cluster, plane),
    ...judgeWriters(deployments),
  ];
}

/** As HyperShift reads it: `true`, or a time that has not come; what is neither does not pause. */
export function isPaused(pausedUntil: string | undefined, now: Date): boolean {
  if (pausedUntil === undefined) return false;
  if (/^true$/i.test(pausedUntil)) return true;
  return /^\d{4}-\d\d-\d\dT/.test(pausedUntil) && Date.parse(pausedUntil) > now.getTime();
}

/** Of the HostedCluster, and of what its operator made of it. */
export function judgePause(
  cluster: KubeObject,
  plane: KubeObject | undefined,
  now: Date,
): SoundnessFinding[] {
  const paused = [cluster, ...(plane === undefined ? [] : [plane])].flatMap(object => {
    const until = textAt(object, 'spec', 'pausedUntil');
    return until !== undefined && isPaused(until, now) ? [{ kind: object.kind, until }] : [];
  });
  return paused.map(({ kind, until }) => unsound('paused', texts.paused(kind, until)));
}

/** `EtcdSnapshotRestored`, where the cluster was to be restored. */
export function judgeRestored(
  { object, restoreSnapshotUrl }: Pick<HostedCluster, 'object' | 'restoreSnapshotUrl'>,
  plane: KubeObject | undefined,
): SoundnessFinding[] {
  if (restoreSnapshotUrl === undefined) return [remark('not-restored', texts.notRestored)];
  const found = conditionOf(plane, restored) ?? conditionOf(object, restored);
  const status = textAt(found, 'status');
  if (status === 'True') return [remark('restored', texts.restored)];
  const why = [textAt(found, 'reason'), textAt(found, 'message')].filter(Boolean).join(': ');
  return [unsound('restore-failed', texts.notYet(status ?? '-', why))];
}

const restored = 'EtcdSnapshotRestored';

/** Who is to write, and does: a writer with no pods was left scaled down. Not every release has every writer. */
export function judgeWriters(deployments: readonly (KubeObject | undefined)[]): SoundnessFinding[] {
  const there = deployments.filter(each => each !== undefined);
  if (!there.some(({ metadata }) => metadata.name === 'kube-apiserver'))
    return [unsound('writer-missing', texts.noApiServer)];
  return there.flatMap(each => {
    const wanted = replicasOf(each);
    const ready = Number(valueAt(each, 'status', 'availableReplicas') ?? 0);
    const { name } = each.metadata;
    if (wanted === 0) return [unsound('writer-stopped', texts.stopped(name))];
    return ready < wanted ? [unsound('writer-unready', texts.unready(name, ready, wanted))] : [];
  });
}

const texts = {
  paused: (kind: string, until: string) =>
    say(
      `the ${kind} is paused (spec.pausedUntil: ${until}): nothing in it is worked on`,
      `${kind} が一時停止しています (spec.pausedUntil: ${until})。調整は行われません`,
    ),
  notRestored: say(
    'it was not made from a snapshot (no restoreSnapshotURL)',
    'スナップショットから作成されたクラスターではありません (restoreSnapshotURL なし)',
  ),
  restored: say('every member has restored the snapshot', 'すべてのメンバーがスナップショットを復元しました'),
  notYet: (status: string, why: string) =>
    say(
      `the snapshot is not restored: EtcdSnapshotRestored is ${status}${why === '' ? '' : ` (${why})`}. The log of a member's container etcd-init tells why`,
      `スナップショットが復元されていません: EtcdSnapshotRestored は ${status} です${why === '' ? '' : ` (${why})`}。理由はメンバーのコンテナー etcd-init のログで確認してください`,
    ),
  noApiServer: say('there is no Deployment kube-apiserver', 'Deployment kube-apiserver がありません'),
  stopped: (name: string) =>
    say(`${name} is scaled to 0: nobody has scaled it back`, `${name} が 0 にスケールされたままです`),
  unready: (name: string, ready: number, wanted: number) =>
    say(
      `${ready} of ${wanted} pods of ${name} are available`,
      `${name} の Pod は ${wanted} 個中 ${ready} 個が利用可能です`,
    ),
};
