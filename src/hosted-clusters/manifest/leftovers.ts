import { say } from '#foundation/language.ts';
import type { KubeApi, RequestOptions } from '#kube/api.ts';
import { fieldsAt, textAt } from '#kube/fields.ts';
import { formatKey, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import { type HostedCluster, hyperShiftType, readNodePools } from '../hosted-cluster.ts';
import type { EncryptionSecret } from '../key/match.ts';
import { keyField } from '../key/read-key.ts';
import { type RestoreFinding, remark, warning } from './finding.ts';

type Api = Pick<KubeApi, 'discover' | 'get' | 'list' | 'server'>;

export interface Leftovers {
  /** The keys that the cluster has to have, named as their Secrets, so that a Secret with another one is noticed. */
  readonly keys: readonly EncryptionSecret[];
  /** Secrets that the HostedCluster names and the manifest does not bring. */
  readonly missing: readonly string[];
}

/**
 * What of an old cluster of that name would block a restore, or spoil it: a snapshot is restored only when a cluster is created, by members
 * whose volumes are empty.
 *
 * @throws `hosted-cluster.no-hypershift`, what the API server answers
 */
export async function findLeftovers(
  api: Api,
  cluster: HostedCluster,
  { keys, missing }: Leftovers,
  options: RequestOptions = {},
): Promise<RestoreFinding[]> {
  return [
    ...(await ofCluster(api, cluster, options)),
    ...(await ofControlPlane(api, cluster, options)),
    ...(await ofKeys(api, cluster, { keys, missing }, options)),
    ...(await ofSecrets(api, cluster, missing, options)),
  ];
}

async function ofCluster(
  api: Api,
  { key }: HostedCluster,
  options: RequestOptions,
): Promise<RestoreFinding[]> {
  const type = await hyperShiftType(api, 'hostedclusters', options);
  const old = await api.get(type, key, options);
  const pools = await readNodePools(api, key, options);
  const names = pools.map(({ metadata }) => metadata.name).join(', ');
  return [
    ...(old === undefined ? [] : [warning('cluster-there', texts.cluster(formatKey(key), endOf(old)))]),
    ...(pools.length === 0 ? [] : [warning('node-pools-there', texts.nodePools(names))]),
  ];
}

/** An object that is on its way out says what it waits for. */
function endOf({ metadata }: KubeObject): readonly string[] | undefined {
  return metadata.deletionTimestamp === undefined ? undefined : (metadata.finalizers ?? []);
}

async function ofControlPlane(
  api: Api,
  { controlPlaneNamespace: namespace }: HostedCluster,
  options: RequestOptions,
): Promise<RestoreFinding[]> {
  const old = await api.get(namespaceType, { name: namespace }, options);
  if (old === undefined) return [];
  const claims: string[] = [];
  for await (const { metadata } of api.list(claimType, { namespace, ...options }))
    if (metadata.name.startsWith('data-etcd-')) claims.push(metadata.name);
  const isEnding = old.metadata.deletionTimestamp !== undefined;
  return [
    warning('namespace-there', texts.namespace(namespace, isEnding)),
    ...(claims.length === 0 ? [] : [warning('claims-there', texts.claims(namespace, claims.join(', ')))]),
  ];
}

async function ofKeys(
  api: Api,
  { key: { namespace }, secretEncryption }: HostedCluster,
  { keys, missing }: Leftovers,
  options: RequestOptions,
): Promise<RestoreFinding[]> {
  const there = new Map<string, Buffer>();
  for (const name of [secretEncryption?.activeKey, secretEncryption?.backupKey]) {
    const old = name === undefined ? undefined : await api.get(secretType, { namespace, name }, options);
    const encoded = textAt(fieldsAt(old, 'data'), keyField);
    if (name !== undefined && encoded !== undefined) there.set(name, Buffer.from(encoded, 'base64'));
  }
  return keys.flatMap(({ name, bytes }) => {
    const isMissing = missing.includes(name);
    const isHad = isMissing && [...there.values()].some(each => each.equals(bytes));
    if (isHad || there.get(name)?.equals(bytes) !== false) return [];
    const text = isMissing ? texts.otherKey : texts.replacedKey;
    return [warning('key-differs', text(`${namespace}/${name}`))];
  });
}

async function ofSecrets(
  api: Api,
  { key: { namespace } }: HostedCluster,
  names: readonly string[],
  options: RequestOptions,
): Promise<RestoreFinding[]> {
  const found: RestoreFinding[] = [];
  for (const name of names) {
    const secret = await api.get(secretType, { namespace, name }, options);
    if (secret === undefined) found.push(warning('secret-missing', texts.secret(`${namespace}/${name}`)));
    else found.push(remark('secret-there', texts.secretThere(`${namespace}/${name}`)));
  }
  return found;
}

const builtIn = { group: '', version: 'v1', verbs: [], shortNames: [] };
const namespaceType: ResourceType = {
  ...builtIn,
  resource: 'namespaces',
  kind: 'Namespace',
  singular: 'namespace',
  namespaced: false,
};
const claimType: ResourceType = {
  ...builtIn,
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  singular: 'persistentvolumeclaim',
  namespaced: true,
};

const texts = {
  cluster: (key: string, finalizers: readonly string[] | undefined) =>
    finalizers === undefined
      ? say(
          `HostedCluster ${key} is still there: a snapshot is restored only when a cluster is created. Save what you need of it, then \`hcp destroy cluster\``,
          `HostedCluster ${key} が残っています。スナップショットはクラスターの作成時にのみ復元されます。必要な情報を保存してから \`hcp destroy cluster\` を実行してください`,
        )
      : say(
          `HostedCluster ${key} is being deleted and waits for: ${finalizers.join(', ') || '-'}`,
          `HostedCluster ${key} は削除中です。待機中の finalizer: ${finalizers.join('、') || '-'}`,
        ),
  nodePools: (names: string) =>
    say(
      `NodePools of the old cluster are still there: ${names}. Their machines join the restored cluster only if they are of this manifest, too`,
      `古いクラスターの NodePool が残っています: ${names}。マニフェストに含まれるものでなければ、そのマシンは復元後のクラスターに参加しません`,
    ),
  namespace: (name: string, isEnding: boolean) =>
    say(
      `the namespace of the old control plane, ${name}, ${isEnding ? 'is being deleted: wait until it is gone' : 'is still there: delete it before the restore'}`,
      `古いコントロールプレーンの namespace ${name} が${isEnding ? '削除中です。削除が完了するまで待ってください' : '残っています。復元の前に削除してください'}`,
    ),
  claims: (namespace: string, names: string) =>
    say(
      `volumes of the old etcd are still there: ${names} in ${namespace}. A member that finds data restores nothing and starts with the old data`,
      `古い etcd のボリュームが残っています: ${namespace} の ${names}。データが残っていると復元は行われず、古いデータのまま起動します`,
    ),
  otherKey: (key: string) =>
    say(
      `Secret ${key} on the management cluster holds another key than the one that was matched to the snapshot, and the manifest does not bring it: make it again with --with-key, unless you know that the Secret is right`,
      `管理クラスターの Secret ${key} のキーは、スナップショットと照合したキーと異なり、マニフェストにも含まれていません。Secret が正しいと確認できる場合を除き、--with-key を付けて作成し直してください`,
    ),
  replacedKey: (key: string) =>
    say(
      `Secret ${key} on the management cluster holds another key than the manifest, which replaces it when it is applied: save it first, \`oc get secret -n ${key.replace('/', ' ')} -o yaml\``,
      `管理クラスターの Secret ${key} のキーはマニフェストのものと異なり、適用すると置き換えられます。先に \`oc get secret -n ${key.replace('/', ' ')} -o yaml\` で保存してください`,
    ),
  secret: (key: string) =>
    say(
      `Secret ${key}, which the HostedCluster names, is neither in the manifest nor on the management cluster: create it first`,
      `HostedCluster が参照する Secret ${key} が、マニフェストにも管理クラスターにもありません。先に作成してください`,
    ),
  secretThere: (key: string) =>
    say(
      `Secret ${key} is not in the manifest; the one on the management cluster is used`,
      `Secret ${key} はマニフェストに含まれていません。管理クラスターのものが使用されます`,
    ),
};
