import { randomBytes } from 'node:crypto';
import { requireRoom } from '#etcd/save/file-sink.ts';
import { saveNames } from '#etcd/save/names.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { textAt, valueAt } from '#kube/fields.ts';
import { type Json, proven, type Step, type StepRun, unproven } from '#steps/step.ts';
import { raise } from '../errors.ts';
import {
  conditionOf,
  deploymentType,
  isReady,
  readEtcdPods,
  readEtcdStatefulSet,
  readHostedCluster,
  replicasOf,
} from '../hosted-cluster.ts';
import { readKeys } from './keys.ts';
import { memberProblems, reachMembers } from './members.ts';
import { objectKeyOf } from './shipping.ts';
import type { SnapshotWork } from './work.ts';
import { originals, readReplicas } from './writers.ts';

/** Looks at everything that would stop a later step, while nothing has been touched. */
export function preflightStep(work: SnapshotWork): Step {
  const { key } = work.cluster;
  return {
    id: 'preflight',
    title: say(
      'Check: cluster available, members healthy and in quorum, key readable, room here, target free and writable',
      '確認: クラスターの稼働、メンバーの状態と定足数、キー、空き容量、保存先の空きと書き込み可否',
    ),
    command: `oc get hostedcluster -n ${key.namespace} ${key.name} && etcdctl endpoint health --cluster`,
    onlyLooks: true,
    act: run => preflight(work, run),
    prove: async (_, { result }) =>
      result === undefined ? unproven(say('it was not checked', '未確認です')) : proven,
  };
}

/**
 * What the step does; a dry run does it, too, and `writes` nothing then.
 *
 * @throws `hosted-cluster.not-ready` with everything that is wrong, `hosted-cluster.already-scaled-down`, `hosted-key.*`, `etcd.*`, `storage.*`
 */
export async function preflight(
  work: SnapshotWork,
  run: StepRun,
  { writes = true }: { readonly writes?: boolean } = {},
): Promise<Json> {
  const stamp = saveNames(work.clock.now()).stamp;
  const problems = [...(await clusterProblems(work, run)), ...(await writerProblems(work, run))];
  if (problems.length > 0) throw notReady(work, problems);
  await readKeys(work, run);
  const { size, state } = await membersSize(work, run);
  await requireRoom(work.spoolBase, Math.ceil(size * spare));
  const resultOf = (id: string): Json | undefined => (id === 'preflight' ? { stamp } : run.resultOf(id));
  await requireTarget(work, { ...run, signal: run.signal, resultOf }, writes);
  return { stamp, size, ...state };
}

/** Beyond the databases themselves. */
const spare = 1.05;

async function clusterProblems(work: SnapshotWork, { signal }: StepRun): Promise<Message[]> {
  const { api } = work;
  const cluster = await readHostedCluster(api, work.cluster.key, { signal });
  if (cluster.etcdManagementType !== 'Managed') return [texts.unmanaged];
  const problems: Message[] = [];
  const available = conditionOf(cluster.object, 'Available');
  if (textAt(available, 'status') !== 'True') problems.push(texts.unavailable(textAt(available, 'message')));
  const wanted = cluster.etcdReplicas;
  const set = await readEtcdStatefulSet(api, cluster, { signal });
  if (set === undefined || replicasOf(set) !== wanted)
    problems.push(texts.replicas(set && replicasOf(set), wanted));
  const pods = await readEtcdPods(api, cluster, { signal });
  const unready = pods.filter(pod => !isReady(pod)).map(({ metadata }) => metadata.name);
  if (pods.length !== wanted || unready.length > 0) problems.push(texts.pods(pods.length, wanted, unready));
  return problems;
}

async function writerProblems(work: SnapshotWork, run: StepRun): Promise<Message[]> {
  if (work.mode === 'live') return [];
  const problems: Message[] = [];
  for (const [name, wanted] of Object.entries(originals(await readReplicas(work, run)))) {
    const key = { namespace: work.cluster.controlPlaneNamespace, name };
    const found = await work.api.get(deploymentType, key, { signal: run.signal });
    const available = Number(valueAt(found, 'status', 'availableReplicas') ?? 0);
    if (available < wanted) problems.push(texts.writer(name, available, wanted));
  }
  return problems;
}

async function membersSize(work: SnapshotWork, run: StepRun) {
  await using members = await reachMembers(work, run);
  const wanted = work.cluster.etcdReplicas;
  const problems = [...memberProblems(members.all, wanted)];
  const silent = members.all.filter(({ connect }) => connect === undefined).map(({ pod }) => pod);
  if (work.mode === 'cold' && wanted > 1 && silent.length > 0) problems.push(texts.notCompared(silent));
  if (problems.length > 0) throw notReady(work, problems);
  const size = members.all.reduce((sum, { source }) => sum + (source.size ?? 0), 0);
  const revision = members.all[0]?.state?.endpoints[0]?.status?.header.revision;
  return { size, state: revision === undefined ? {} : { revision: Number(revision) } };
}

/** A name that is taken, or a place that refuses, is better known before the API is away. */
async function requireTarget(
  work: SnapshotWork,
  run: Pick<StepRun, 'signal' | 'resultOf' | 'note'>,
  writes: boolean,
): Promise<void> {
  const { store } = work.target;
  const { signal } = run;
  const name = objectKeyOf(work, run);
  if ((await store.head(name, { signal })) !== undefined) {
    throw raise['snapshot-exists']({ place: `${store.url.replace(/\/+$/, '')}/${name}` });
  }
  if (!writes) return;
  const probe = `${name}.probe-${randomBytes(6).toString('hex')}`;
  let isWritten = false;
  try {
    await store.put(probe, Buffer.from('hozon'), { size: 5, signal });
    isWritten = true;
  } finally {
    await store.delete(probe).catch(thrown => {
      if (isWritten) run.note(texts.probeLeft(`${store.url.replace(/\/+$/, '')}/${probe}`, thrown)); // else the first error tells why
    });
  }
}

function notReady({ cluster: { key } }: SnapshotWork, problems: readonly Message[]): Error {
  return raise['not-ready']({ cluster: `${key.namespace}/${key.name}`, problems });
}

const texts = {
  notCompared: (pods: readonly string[]): Message =>
    say(
      `no port can be forwarded into ${pods.join(', ')} (pods/portforward), so the members could not be compared in the downtime; with --live they are not`,
      `${pods.join('、')} へのポートフォワード (pods/portforward) ができないため、停止中にメンバーを比較できません (--live では比較せずに取得します)`,
    ),
  probeLeft: (place: string, thrown: unknown): Message => {
    const why = (language: 'en' | 'ja') =>
      isHozonError(thrown) ? thrown.explain(language) : describeThrown(thrown);
    return {
      en: () => `The probe ${place} (5 bytes) could not be deleted again; delete it by hand: ${why('en')}`,
      ja: () =>
        `確認用オブジェクト ${place} (5 バイト) を削除できませんでした。手動で削除してください: ${why('ja')}`,
    };
  },
  unmanaged: say(
    'its etcd is not managed by HyperShift (spec.etcd.managementType)',
    'etcd が HyperShift の管理下にありません (spec.etcd.managementType)',
  ),
  unavailable: (message: string | undefined): Message =>
    say(
      `its condition Available is not True${message ? `: ${message}` : ''}`,
      `Available 条件が True ではありません${message ? `: ${message}` : ''}`,
    ),
  replicas: (found: number | undefined, wanted: number): Message =>
    say(
      `the StatefulSet etcd ${found === undefined ? 'is not there' : `has ${found} replicas`}, and should have ${wanted}`,
      `StatefulSet etcd の${found === undefined ? 'オブジェクトがありません' : `レプリカ数が ${found} です`} (想定: ${wanted})`,
    ),
  pods: (found: number, wanted: number, unready: readonly string[]): Message =>
    say(
      `${found} of ${wanted} etcd pods are there${unready.length > 0 ? `, not ready: ${unready.join(', ')}` : ''}`,
      `etcd Pod は ${wanted} 個中 ${found} 個です${unready.length > 0 ? `。Ready でない Pod: ${unready.join('、')}` : ''}`,
    ),
  writer: (name: string, available: number, wanted: number): Message =>
    say(
      `${name}: ${available} of ${wanted} pods are available`,
      `${name}: ${wanted} 個中 ${available} 個の Pod が利用可能`,
    ),
} as const;
