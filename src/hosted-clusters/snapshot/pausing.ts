import { say } from '#foundation/language.ts';
import { fieldsAt, textAt } from '#kube/fields.ts';
import type { KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';
import { type Json, type Proof, proven, type Step, type StepRun, unproven } from '#steps/step.ts';
import { hyperShiftType, readControlPlane, readHostedCluster, readNodePools } from '../hosted-cluster.ts';
import { waitUntil } from '../wait.ts';
import type { ClusterWork } from './work.ts';
import { waitForWriters } from './writers.ts';

/** What `spec.pausedUntil` said; `null`: nothing. */
interface Paused {
  readonly cluster: string | null;
  readonly nodePools: Readonly<Record<string, string | null>>;
}

/** Stops the operators from putting back what is scaled down. */
export function pauseStep(work: ClusterWork): Step {
  const { namespace, name } = work.cluster.key;
  const also = work.nodePools ? ' (nodepools …)' : '';
  return {
    id: 'pause',
    title: say(
      `Pause the reconciliation of HostedCluster ${namespace}/${name}${work.nodePools ? ' and its NodePools' : ''}`,
      `HostedCluster ${namespace}/${name}${work.nodePools ? ' とその NodePool' : ''} の調整を一時停止`,
    ),
    command: `oc patch -n ${namespace} hostedclusters/${name} -p '{"spec":{"pausedUntil":"true"}}' --type=merge${also}`,
    remembersFirst: true,
    neededBy: ['await-pause', 'scale-down', 'capture'],
    remember: run => readPaused(work, run),
    async act(run, memory) {
      const { nodePools } = pausedOf(memory);
      for (const pool of Object.keys(nodePools)) await pausePool(work, pool, 'true', run);
      await pauseCluster(work, 'true', run);
      return undefined;
    },
    prove: async (run, { memory }) => isPaused(work, run, everythingIs(pausedOf(memory), 'true')),
    undo: {
      title: resumeTitle,
      command: memory => (memory === undefined ? resumeCommand(work) : resumeCommandWith(work, memory)),
      async act(run, memory) {
        await resume(work, run, memory);
        await waitForWriters(work, run, run.memoryOf('scale-down'));
      },
      prove: (run, memory) => isPaused(work, run, pausedOf(memory)),
    },
  };
}

/** Nothing may be scaled before the control plane's own operator knows: it would scale it back. */
export function awaitPauseStep(work: ClusterWork): Step {
  const { controlPlaneNamespace, key } = work.cluster;
  const look = async (run: StepRun) => {
    const shown = textAt(await readControlPlane(work.api, work.cluster, run), 'spec', 'pausedUntil');
    return shown === 'true'
      ? undefined
      : say(
          `spec.pausedUntil of the HostedControlPlane is ${shown ?? 'not set'}`,
          `HostedControlPlane の spec.pausedUntil は ${shown ?? '未設定'} です`,
        );
  };
  const title = say(
    'Wait until the HostedControlPlane shows the pause',
    'HostedControlPlane への一時停止の反映を待つ',
  );
  return {
    id: 'await-pause',
    title,
    command: `oc get hostedcontrolplane -n ${controlPlaneNamespace} ${key.name} -o jsonpath={.spec.pausedUntil}`,
    onlyLooks: true,
    neededBy: ['scale-down', 'capture'],
    async act(run) {
      await waitUntil(run, { ...work, what: title }, () => look(run));
      return undefined;
    },
    async prove(run) {
      const missing = await look(run);
      return missing === undefined ? proven : unproven(missing);
    },
  };
}

/** Lets the operators go on as they did before. */
export function resumeStep(work: ClusterWork): Step {
  return {
    id: 'resume',
    title: resumeTitle,
    command: resumeCommand(work),
    settles: ['pause'],
    async act(run) {
      await resume(work, run, run.memoryOf('pause'));
      return undefined;
    },
    prove: run => isPaused(work, run, pausedOf(run.memoryOf('pause'))),
  };
}

const resumeTitle = say(
  'Resume the reconciliation: spec.pausedUntil as it was before',
  '調整を再開: spec.pausedUntil を元の値に戻す',
);

function resumeCommand({ cluster: { key } }: ClusterWork): string {
  return `oc patch -n ${key.namespace} hostedclusters/${key.name} -p '{"spec":{"pausedUntil":ORIGINAL-OR-null}}' --type=merge`;
}

/** By hand, with the remembered values. */
export function resumeCommandWith({ cluster: { key } }: Pick<ClusterWork, 'cluster'>, memory: Json): string {
  const { cluster, nodePools } = pausedOf(memory);
  const command = (object: string, pausedUntil: string | null): string => {
    const patch = JSON.stringify({ spec: { pausedUntil } }).replaceAll("'", "'\\''");
    return `oc patch -n ${key.namespace} ${object} -p '${patch}' --type=merge`;
  };
  const pools = Object.entries(nodePools).map(([name, until]) => command(`nodepools/${name}`, until));
  return [...pools, command(`hostedclusters/${key.name}`, cluster)].join(' && ');
}

async function readPaused({ api, cluster, nodePools }: ClusterWork, { signal }: StepRun): Promise<Json> {
  const { pausedUntil = null } = await readHostedCluster(api, cluster.key, { signal });
  const pools = nodePools ? await readNodePools(api, cluster.key, { signal }) : [];
  const until = (pool: KubeObject) => textAt(pool, 'spec', 'pausedUntil') ?? null;
  return {
    cluster: pausedUntil,
    nodePools: Object.fromEntries(pools.map(pool => [pool.metadata.name, until(pool)])),
  };
}

/** As the journal has it: only texts and names count. */
function pausedOf(memory: Json | undefined): Paused {
  const pools = Object.entries(fieldsAt(memory, 'nodePools'));
  return {
    cluster: textAt(memory, 'cluster') ?? null,
    nodePools: Object.fromEntries(
      pools.map(([name, until]) => [name, typeof until === 'string' ? until : null]),
    ),
  };
}

function everythingIs({ nodePools }: Paused, until: string): Paused {
  return { cluster: until, nodePools: Object.fromEntries(Object.keys(nodePools).map(name => [name, until])) };
}

async function resume(work: ClusterWork, run: StepRun, memory: Json | undefined): Promise<void> {
  const before = pausedOf(memory);
  for (const [name, until] of Object.entries(before.nodePools)) await pausePool(work, name, until, run);
  await pauseCluster(work, before.cluster, run);
}

async function pauseCluster(
  { api, cluster }: ClusterWork,
  until: string | null,
  run: StepRun,
): Promise<void> {
  const type = await hyperShiftType(api, 'hostedclusters', run);
  await run.confirm();
  await setPaused({ api, type, key: cluster.key, signal: run.signal }, until);
}

/** A NodePool that is gone needs nothing. */
async function pausePool(
  { api, cluster }: ClusterWork,
  name: string,
  until: string | null,
  run: StepRun,
): Promise<void> {
  const type = await hyperShiftType(api, 'nodepools', run);
  const key = { namespace: cluster.key.namespace, name };
  if ((await api.get(type, key, run)) === undefined) return;
  await run.confirm();
  await setPaused({ api, type, key, signal: run.signal }, until);
}

interface Pausable {
  readonly api: ClusterWork['api'];
  readonly type: ResourceType;
  readonly key: ObjectKey;
  readonly signal: AbortSignal;
}

async function setPaused({ api, type, key, signal }: Pausable, pausedUntil: string | null): Promise<void> {
  await api.patch(type, key, { type: 'merge', body: { spec: { pausedUntil } } }, { signal });
}

async function isPaused(work: ClusterWork, { signal }: StepRun, wanted: Paused): Promise<Proof> {
  const { api, cluster } = work;
  const { pausedUntil = null } = await readHostedCluster(api, cluster.key, { signal });
  if (pausedUntil !== wanted.cluster) return unproven(notSo('HostedCluster', cluster.key.name, pausedUntil));
  if (Object.keys(wanted.nodePools).length === 0) return proven;
  for (const pool of await readNodePools(api, cluster.key, { signal })) {
    const { name } = pool.metadata;
    const shown = textAt(pool, 'spec', 'pausedUntil') ?? null;
    const expected = wanted.nodePools[name];
    if (expected !== undefined && shown !== expected) return unproven(notSo('NodePool', name, shown));
  }
  return proven;
}

function notSo(kind: string, name: string, shown: string | null) {
  return say(
    `spec.pausedUntil of ${kind} ${name} is ${shown ?? 'not set'}`,
    `${kind} ${name} の spec.pausedUntil は ${shown ?? '未設定'} です`,
  );
}
