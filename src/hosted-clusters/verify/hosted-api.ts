import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import { KubeClient } from '#kube/client/client.ts';
import type { ClusterConnection } from '#kube/client/connection.ts';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { secretType } from '#kube/secret-type.ts';
import { type HostedCluster, isReady } from '../hosted-cluster.ts';
import { remark, type SoundnessFinding, unknown, unsound } from './finding.ts';
import { hostedConnection } from './hosted-kubeconfig.ts';
import { openPodDoor } from './pod-door.ts';

/** Where the API server listens in its pod, unless it says otherwise. */
const usualPort = 6443;
/** Secrets that are read to see whether they can be decrypted, and at once: each may have a MiB. */
const mostSecrets = 20_000;
const pageSize = 100;
const patience = { connectTimeout: 5000, backoff: { attempts: 4, firstDelay: 200, maxDelay: 2000 } } as const;

/**
 * Whether the API of a hosted cluster answers its administrator, and reads its Secrets, which it has to decrypt. Where its address cannot
 * be reached from here, it is asked in its pod. @throws `kube.*` of the management cluster
 */
export async function judgeHostedApi(
  api: KubeApi,
  cluster: HostedCluster,
  signal: AbortSignal,
): Promise<SoundnessFinding[]> {
  const connection = await hostedConnection(api, cluster, signal);
  if (connection === undefined) return [unknown('api-no-kubeconfig', texts.noKubeconfig)];
  const direct = await asked(connection, signal);
  if (direct.outcome !== 'unreachable') return direct.findings;
  const pod = await apiServerPod(api, cluster, signal);
  if (pod === undefined) return [unsound('api-down', texts.noPod)];
  const key = { namespace: cluster.controlPlaneNamespace, name: pod.metadata.name };
  await using door = await openPodDoor(api, key, portOf(pod));
  return (await asked(through(connection, door.port), signal)).findings;
}

/** What somebody else at that address may answer, too. */
const away = ['kube.unreachable', 'kube.connection-lost', 'kube.tls'];

interface Asked {
  readonly outcome: 'answers' | 'refuses' | 'unreachable';
  readonly findings: SoundnessFinding[];
}

async function asked(connection: ClusterConnection, signal: AbortSignal): Promise<Asked> {
  await using client = new KubeClient(connection, patience);
  try {
    const { gitVersion } = await client.version(signal);
    const answers = remark('api-answers', texts.answers(gitVersion));
    return { outcome: 'answers', findings: [answers, await readSecrets(client, signal)] };
  } catch (thrown) {
    signal.throwIfAborted();
    const isAway = away.some(code => isHozonError(thrown, code));
    const outcome = isAway ? 'unreachable' : 'refuses';
    return { outcome, findings: [unsound('api-down', texts.down(reasonOf(thrown)))] };
  }
}

/** An API server with another key than the snapshot's answers, but not what its Secrets are. */
async function readSecrets(client: KubeClient, signal: AbortSignal): Promise<SoundnessFinding> {
  let count = 0;
  try {
    for await (const _ of client.list(secretType, { pageSize, signal })) if (++count >= mostSecrets) break;
  } catch (thrown) {
    signal.throwIfAborted();
    return secretsUnread(thrown);
  }
  if (count === 0) return unknown('secrets-none', texts.noSecrets);
  return remark('secrets-read', count < mostSecrets ? texts.secrets(count) : texts.someSecrets(count));
}

/**
 * What it means that Secrets could not be listed. An API server that cannot decrypt one answers 500 (`unable to transform key`, `failed to read … from
 * the storage`; apiserver, pkg/storage/etcd3); 500 is also what an etcd that is late makes of an answer.
 */
export function secretsUnread(thrown: unknown): SoundnessFinding {
  const is500 = isHozonError(thrown, 'kube.server-error') && /answered 500\b/.test(thrown.message);
  if (is500 && !/etcdserver:|timed out|deadline exceeded|connection refused/i.test(thrown.message))
    return unsound('secrets-unreadable', texts.unreadable(reasonOf(thrown)));
  return unknown('secrets-not-listed', texts.notListed(reasonOf(thrown)));
}

async function apiServerPod(
  api: Pick<KubeApi, 'list'>,
  { controlPlaneNamespace: namespace }: HostedCluster,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  for await (const pod of api.list(podType, { namespace, labelSelector: 'app=kube-apiserver', signal }))
    if (isReady(pod)) return pod;
  return undefined;
}

function portOf(pod: KubeObject): number {
  const container = listAt(pod, 'spec', 'containers').find(each => textAt(each, 'name') === 'kube-apiserver');
  const port = listAt(container, 'ports').find(each => textAt(each, 'name') === 'client');
  const found = valueAt(port, 'containerPort');
  return typeof found === 'number' ? found : usualPort;
}

/** The same server, whose certificate is for its own name, behind a port of this machine. */
function through(connection: ClusterConnection, port: number): ClusterConnection {
  const serverName =
    connection.tls.serverName ?? new URL(connection.server).hostname.replaceAll(/^\[|\]$/g, '');
  return {
    ...connection,
    server: `https://127.0.0.1:${port}`,
    proxy: undefined,
    tls: { ...connection.tls, serverName },
  };
}

function reasonOf(thrown: unknown): Message {
  if (isHozonError(thrown)) return { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
  const why = describeThrown(thrown);
  return say(why, why);
}

const texts = {
  noKubeconfig: say(
    'there is no Secret with an administrator’s kubeconfig, so the API was not asked',
    '管理者の kubeconfig を含む Secret がないため、API を確認できません',
  ),
  noPod: say(
    'the API of the hosted cluster cannot be reached, and no pod of kube-apiserver is ready',
    'ホステッドクラスターの API に接続できず、Ready の kube-apiserver Pod もありません',
  ),
  answers: (version: string) =>
    say(
      `the API of the hosted cluster answers (${version})`,
      `ホステッドクラスターの API が応答しました (${version})`,
    ),
  down: (why: Message): Message => ({
    en: () => `the API of the hosted cluster does not answer: ${why.en()}`,
    ja: () => `ホステッドクラスターの API が応答しません: ${why.ja()}`,
  }),
  secrets: (count: number) =>
    say(
      `${count} Secrets were read through it, decrypted`,
      `API 経由で Secret ${count} 件を復号して読み取れました`,
    ),
  someSecrets: (count: number) =>
    say(
      `the first ${count} Secrets were read through it, decrypted; there are more`,
      `API 経由で最初の Secret ${count} 件を復号して読み取れました (残りは確認していません)`,
    ),
  notListed: (why: Message): Message => ({
    en: () =>
      `its Secrets could not be listed, so nothing shows that it decrypts them (${why.en()}). Run again; if it stays so, look at the log of kube-apiserver`,
    ja: () =>
      `Secret の一覧を取得できず、復号できることを確認できません (${why.ja()})。再実行し、解消しない場合は kube-apiserver のログを確認してください`,
  }),
  noSecrets: say(
    'it has no Secrets, so nothing shows that it could decrypt one',
    'Secret がないため、復号できることを確認できません',
  ),
  unreadable: (why: Message): Message => ({
    en: () =>
      `its Secrets cannot be read: the key of the cluster is not the one that they were encrypted with (${why.en()}). \`hozon hosted-cluster match-key SNAPSHOT --secret NAMESPACE/NAME\` tells`,
    ja: () =>
      `Secret を読み取れません。クラスターのキーが暗号化に使用されたものと異なります (${why.ja()})。\`hozon hosted-cluster match-key SNAPSHOT --secret NAMESPACE/NAME\` で確認してください`,
  }),
};
