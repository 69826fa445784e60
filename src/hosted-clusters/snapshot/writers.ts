import { type Message, say } from '#foundation/language.ts';
import { fieldsAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { type Json, type Proof, proven, type Step, type StepRun, unproven } from '#steps/step.ts';
import { raise } from '../errors.ts';
import { deploymentType, replicasOf } from '../hosted-cluster.ts';
import { waitUntil } from '../wait.ts';
import type { ClusterWork } from './work.ts';

/** The Deployments of a control plane that write to its etcd; not every release has each. */
export const writers = ['kube-apiserver', 'openshift-apiserver', 'openshift-oauth-apiserver'] as const;
export type Writer = (typeof writers)[number];

/** How many pods each writer that is there had. */
export type Replicas = Readonly<Partial<Record<Writer, number>>>;

/** Stops whoever writes to etcd, and waits until their pods are gone. */
export function scaleDownStep(work: ClusterWork): Step {
  const title = say(
    'Scale the writers of etcd to 0 and wait until their pods are gone: from here on the API is away',
    'etcd への書き込み元を 0 にスケールし、Pod の終了を待つ (ここから API は停止します)',
  );
  return {
    id: 'scale-down',
    title,
    command: scaleCommand(work, '0'),
    remembersFirst: true,
    neededBy: ['capture'],
    remember: async run => originals(await readReplicas(work, run)),
    async act(run, memory) {
      await scale(work, run, zero(replicasIn(memory)));
      await waitUntil(run, { ...work, what: title }, () => remaining(work, run));
      return undefined;
    },
    prove: (run, { memory }) => areStopped(work, run, replicasIn(memory)),
    undo: {
      title: backTitle,
      command: memory => scaleBackCommand(work, replicasIn(memory)),
      act: (run, memory) => scale(work, run, replicasIn(memory)),
      prove: (run, memory) => haveReplicas(work, run, replicasIn(memory)),
    },
  };
}

const backTitle = say('Scale the writers back to what they were', '書き込み元を元のレプリカ数に戻す');

/** Gives each writer the pods back that it had. */
export function scaleBackStep(work: ClusterWork): Step {
  return {
    id: 'scale-back',
    title: backTitle,
    command: scaleCommand(work, 'ORIGINAL'),
    settles: ['scale-down'],
    async act(run) {
      await scale(work, run, replicasIn(run.memoryOf('scale-down')));
      return undefined;
    },
    prove: run => haveReplicas(work, run, replicasIn(run.memoryOf('scale-down'))),
  };
}

/** Waits until the API of the hosted cluster is there again. */
export function awaitWritersStep(work: ClusterWork): Step {
  return {
    id: 'await-writers',
    title: awaitTitle,
    command: `oc get deployment -n ${work.cluster.controlPlaneNamespace} ${writers.join(' ')}`,
    onlyLooks: true,
    async act(run) {
      await waitForWriters(work, run, run.memoryOf('scale-down'));
      return undefined;
    },
    async prove(run) {
      const missing = await notReady(work, run, replicasIn(run.memoryOf('scale-down')));
      return missing === undefined ? proven : unproven(missing);
    },
  };
}

const awaitTitle = say('Wait until the writers are ready', '書き込み元が Ready になるのを待つ');

/** @param memory what `scale-down` remembers; nothing is waited for where it remembers nothing. @throws `hosted-cluster.waited-in-vain` */
export async function waitForWriters(
  work: ClusterWork,
  run: StepRun,
  memory: Json | undefined,
): Promise<void> {
  if (memory === undefined) return;
  const wanted = replicasIn(memory);
  await waitUntil(run, { ...work, what: awaitTitle }, () => notReady(work, run, wanted));
}

/** Whether no pod of a writer is there. */
export async function areStopped(work: ClusterWork, run: StepRun, known: Replicas): Promise<Proof> {
  const scaled = await haveReplicas(work, run, zero(known));
  if (!scaled.proven) return scaled;
  const missing = await remaining(work, run);
  return missing === undefined ? proven : unproven(missing);
}

/** How many pods each writer is to have now. */
export async function readReplicas(work: ClusterWork, run: Pick<StepRun, 'signal'>): Promise<Replicas> {
  const found = await Promise.all(writers.map(name => readWriter(work, name, run)));
  return Object.fromEntries(
    found.flatMap(each => (each === undefined ? [] : [[each.metadata.name, replicasOf(each)]])),
  );
}

/**
 * A writer without pods is no original: somebody has scaled it down and nobody knows what it was.
 *
 * @throws `hosted-cluster.already-scaled-down`
 */
export function originals(replicas: Replicas): Record<string, number> {
  const down = Object.entries(replicas).filter(([, count]) => count === 0);
  if (down.length === 0) return { ...replicas };
  throw raise['already-scaled-down']({ writers: down.map(([name]) => name) });
}

/** As the journal has it: the known writers alone, and never 0. */
function replicasIn(memory: Json | undefined): Replicas {
  const entries = writers.flatMap((name): [Writer, number][] => {
    const count = valueAt(memory, name);
    return typeof count === 'number' && Number.isInteger(count) && count > 0 ? [[name, count]] : [];
  });
  return Object.fromEntries(entries);
}

function zero(replicas: Replicas): Replicas {
  return Object.fromEntries(Object.keys(replicas).map(name => [name, 0]));
}

function readWriter(
  { api, cluster }: ClusterWork,
  name: Writer,
  { signal }: Pick<StepRun, 'signal'>,
): Promise<KubeObject | undefined> {
  return api.get(deploymentType, { namespace: cluster.controlPlaneNamespace, name }, { signal });
}

async function scale(work: ClusterWork, run: StepRun, wanted: Replicas): Promise<void> {
  const now = await readReplicas(work, run);
  for (const name of writers) {
    const replicas = wanted[name];
    if (replicas === undefined || now[name] === undefined || now[name] === replicas) continue;
    const key = { namespace: work.cluster.controlPlaneNamespace, name };
    const patch = { type: 'merge', body: { spec: { replicas } } } as const;
    await run.confirm();
    await work.api.patch(deploymentType, key, patch, { subresource: 'scale', signal: run.signal });
  }
}

async function haveReplicas(work: ClusterWork, run: StepRun, wanted: Replicas): Promise<Proof> {
  const now = await readReplicas(work, run);
  const other = writers.find(
    name => now[name] !== undefined && wanted[name] !== undefined && now[name] !== wanted[name],
  );
  if (other === undefined) return proven;
  return unproven(
    say(
      `Deployment ${other} has ${now[other]} replicas, not ${wanted[other]}`,
      `Deployment ${other} のレプリカ数は ${wanted[other]} ではなく ${now[other]} です`,
    ),
  );
}

/** A pod that is being ended still writes. */
async function remaining(work: ClusterWork, run: StepRun): Promise<Message | undefined> {
  const left: string[] = [];
  for (const name of writers) {
    const found = await readWriter(work, name, run);
    if (found === undefined) continue;
    const options = {
      namespace: work.cluster.controlPlaneNamespace,
      labelSelector: selectorOf(found),
      signal: run.signal,
    };
    for await (const pod of work.api.list(podType, options))
      if (mayWrite(pod, found)) left.push(pod.metadata.name);
  }
  if (left.length === 0) return undefined;
  return say(`still there: ${left.join(', ')}`, `残っている Pod: ${left.join('、')}`);
}

/** A pod that has come to its end stays listed. Where the selector says nothing, only what is named after the Deployment counts. */
export function mayWrite(pod: KubeObject, deployment: KubeObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Failed' || phase === 'Succeeded') return false;
  return selectorOf(deployment) !== '' || pod.metadata.name.startsWith(`${deployment.metadata.name}-`);
}

function selectorOf(deployment: KubeObject): string {
  const labels = Object.entries(fieldsAt(deployment, 'spec', 'selector', 'matchLabels'));
  return labels.map(([key, value]) => `${key}=${String(value)}`).join(',');
}

async function notReady(work: ClusterWork, run: StepRun, wanted: Replicas): Promise<Message | undefined> {
  for (const name of writers) {
    const found = await readWriter(work, name, run);
    const count = wanted[name];
    if (found === undefined || count === undefined || isAvailable(found, count)) continue;
    const ready = Number(valueAt(found, 'status', 'availableReplicas') ?? 0);
    return say(
      `${name}: ${ready} of ${count} pods are available`,
      `${name}: ${count} 個中 ${ready} 個の Pod が利用可能`,
    );
  }
  return undefined;
}

/** What its status says counts only once its controller has seen what is wanted now. */
function isAvailable(deployment: KubeObject, count: number): boolean {
  const seen = Number(valueAt(deployment, 'status', 'observedGeneration') ?? 0);
  const available = Number(valueAt(deployment, 'status', 'availableReplicas') ?? 0);
  return seen >= (deployment.metadata.generation ?? 0) && available >= count;
}

/** By hand, with the remembered numbers. */
export function scaleBackCommand(work: Pick<ClusterWork, 'cluster'>, replicas: Replicas): string {
  const each = Object.entries(replicas).map(
    ([name, count]) =>
      `oc scale deployment -n ${work.cluster.controlPlaneNamespace} --replicas=${count} ${name}`,
  );
  return each.length === 0 ? scaleCommand(work, 'ORIGINAL') : each.join(' && ');
}

function scaleCommand({ cluster }: Pick<ClusterWork, 'cluster'>, replicas: string): string {
  return `oc scale deployment -n ${cluster.controlPlaneNamespace} --replicas=${replicas} ${writers.join(' ')}`;
}
