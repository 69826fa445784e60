import { connect } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import { secrets } from '../../cluster/types.ts';
import { type ApiLoad, loadWord, startApiLoad } from '../../hosted/api-load.ts';
import type { Telling, Verdict } from '../demos.ts';
import type { Narrator } from '../narrator.ts';
import { Shell } from '../shell.ts';
import { type HostedScene, setHostedScene } from './hosted-scene.ts';

interface Teller {
  readonly narrator: Narrator;
  readonly shell: Shell;
  readonly scene: HostedScene;
}

/** A hosted control plane from a snapshot under writes to the same cluster made anew, on a cluster of its own. */
export async function tellHostedCluster({ narrator, terminal, signal }: Telling): Promise<Verdict> {
  narrator.say('A hosted control plane is snapshotted while it is written to, lost, and made anew.');
  narrator.say('Everything happens on this machine and is gone at the end. It takes a few minutes.');
  const narrate = (line: string): void => narrator.say(line);
  await using scene = await narrator.chapter('A management cluster and an S3 server', () =>
    setHostedScene({ narrate, signal }),
  );
  const { home, cluster } = scene;
  const { kubeconfig, kubectl } = cluster;
  const output = (text: string): void => narrator.output(text);
  const shell = new Shell({ home, kubeconfig, kubectl, terminal, signal, output });
  const teller: Teller = { narrator, shell, scene };
  await narrator.chapter('A hosted cluster', () => deploy(teller));
  const kept = await narrator.chapter('A snapshot, while it is written to', () => save(teller));
  await narrator.chapter('The disaster', () => destroy(teller));
  await narrator.chapter('The cluster is made anew', () => restore(teller));
  const lost = await narrator.chapter('Is all there?', () => compare(teller, kept));
  return lost === 0
    ? { text: `All ${kept.size} Secrets that were acknowledged before the pause are there.`, good: true }
    : { text: `${lost} of ${kept.size} acknowledged Secrets are LOST.`, good: false };
}

async function deploy(teller: Teller): Promise<void> {
  const { hosted } = teller.scene;
  teller.narrator.say(
    'Three members of etcd with TLS; kube-apiserver encrypts Secrets with a key of the cluster’s own.',
  );
  await typed(teller, 'kubectl apply -f west.yaml');
  await hosted.untilAvailable('west');
  await typed(teller, 'kubectl get pods -n clusters-west');
}

const password = '--password-file ~/password';

async function save(teller: Teller): Promise<ReadonlySet<string>> {
  const { narrator, scene } = teller;
  await using writing = await startApiLoad(await scene.hosted.kubeconfig('west'));
  await writing.untilAcknowledged(50);
  narrator.say(
    'Secrets are made in it all the time. Its key goes into a repository, not to where the snapshot is.',
  );
  await typed(teller, `hozon repo init --repo ~/keys ${password}`);
  const snapshot = `hozon hosted-cluster snapshot west ${scene.url} --key-repo ~/keys ${password}`;
  await typed(teller, `${snapshot} --dry-run`);
  const pausing = acknowledgedAtPause(scene, writing);
  await typed(teller, snapshot);
  return pausing;
}

/** What is acknowledged when the pause of the HostedCluster is seen. */
async function acknowledgedAtPause(
  { hosted }: HostedScene,
  { acknowledged }: ApiLoad,
): Promise<ReadonlySet<string>> {
  await hosted.untilCondition('west', 'ReconciliationActive', 'False');
  return new Set(acknowledged);
}

async function destroy(teller: Teller): Promise<void> {
  await typed(teller, 'kubectl delete hostedcluster west -n clusters');
  await typed(teller, 'kubectl delete secret west-etcd-encryption-key -n clusters');
  await typed(teller, 'kubectl get namespaces');
}

async function restore(teller: Teller): Promise<void> {
  const { hosted, url } = teller.scene;
  const key = '/etcd/west/west-etcd-encryption-key';
  await typed(teller, `hozon repo restore latest:${key} --repo ~/keys ${password} --target ~/key`);
  const location = `--location ${url} --ca-file ~/ca.crt`;
  const withKey = '--with-key --key-file ~/key/west-etcd-encryption-key.json';
  const command = `hozon hosted-cluster restore-manifest -f west.yaml ${location} ${withKey} -O restore.yaml`;
  await typed(teller, command, doubtful);
  await typed(teller, 'kubectl apply -f restore.yaml');
  await hosted.untilCondition('west', 'EtcdSnapshotRestored', 'True');
  await hosted.untilSettled('west');
  await hosted.untilAvailable('west');
  await typed(teller, 'kubectl get pods -n clusters-west');
  await typed(teller, 'hozon hosted-cluster verify west');
}

/** The exit code of what was done, with a warning: whether HyperShift splits brains is seen afterwards only. */
const doubtful = 3;

/** How many of the acknowledged Secrets cannot be read through the new API server. */
async function compare({ narrator, scene }: Teller, kept: ReadonlySet<string>): Promise<number> {
  await using inside = await connect({ kubeconfig: await scene.hosted.kubeconfig('west') });
  const words = new Map<string, string>();
  for await (const object of inside.list(secrets, { namespace: 'default' })) {
    const word = Buffer.from(textAt(object, 'data', 'word') ?? '', 'base64').toString();
    words.set(object.metadata.name, word);
  }
  const lost = [...kept].filter(name => words.get(name) !== loadWord(name));
  narrator.say(
    `${kept.size} Secrets were acknowledged before the pause; ${words.size} are there, decrypted.`,
  );
  for (const name of lost) narrator.say(`LOST: ${name}`);
  return lost.length;
}

/** Runs a command, shows it as typed and what it prints, and does not go on if it failed. `~` is the home, as in a shell. */
async function typed({ narrator, shell, scene }: Teller, line: string, accepted = 0): Promise<void> {
  const words = line.split(' ');
  narrator.command(words);
  const { exitCode } = await shell.run(words.map(word => word.replace(/^~(?=\/)/, scene.home)));
  if (exitCode !== accepted) throw new Error(`${line} ended with exit code ${exitCode}`);
}
