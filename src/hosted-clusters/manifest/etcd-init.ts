import { isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { KubeApi, RequestOptions } from '#kube/api.ts';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type HostedCluster, statefulSetType } from '../hosted-cluster.ts';
import { type RestoreFinding, warning } from './finding.ts';

/** How the init container of a StatefulSet of etcd restores a snapshot. */
export type EtcdInit = 'joins' | 'splits' | 'absent';

/**
 * Whether the members that an `etcd-init` restores find together. Without `--initial-cluster` each becomes a cluster of its own, with the
 * ids that every other has too (OCPBUGS-99534).
 */
export function etcdInitOf(statefulSet: KubeObject): EtcdInit {
  const all = listAt(statefulSet, 'spec', 'template', 'spec', 'initContainers');
  const init = all.find(each => textAt(each, 'name') === 'etcd-init');
  const text = [...listAt(init, 'command'), ...listAt(init, 'args')].map(String).join('\n');
  if (!/snapshot\s+restore/.test(text)) return 'absent';
  return /--initial-cluster(?![\w-])/.test(text) ? 'joins' : 'splits';
}

/** What is to be said of the defect before a restore; nothing where there is one member only. */
export function judgeEtcdInit(
  { etcdReplicas }: Pick<HostedCluster, 'etcdReplicas'>,
  seen: readonly EtcdInit[],
): RestoreFinding[] {
  if (etcdReplicas === 1) return [];
  if (seen.includes('splits')) return [warning('split-brain-seen', texts.seen(etcdReplicas))];
  return seen.includes('joins') ? [] : [warning('split-brain-unknown', texts.unknown(etcdReplicas))];
}

/**
 * The `etcd-init` of every hosted cluster that is being restored on this management cluster: only these have one. Empty where none is, and where
 * they may not be listed.
 */
export async function etcdInitsIn(
  api: Pick<KubeApi, 'list'>,
  { signal }: RequestOptions = {},
): Promise<readonly EtcdInit[]> {
  try {
    const found: EtcdInit[] = [];
    const fieldSelector = 'metadata.name=etcd';
    for await (const each of api.list(statefulSetType, { fieldSelector, signal }))
      found.push(etcdInitOf(each));
    return found.filter(each => each !== 'absent');
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.forbidden')) return [];
    throw thrown;
  }
}

const afterwards = {
  en: 'Restore with spec.controllerAvailabilityPolicy: SingleReplica, or run `hozon hosted-cluster verify NAME` before anybody uses the cluster.',
  ja: 'spec.controllerAvailabilityPolicy: SingleReplica で復元するか、クラスターの利用を開始する前に `hozon hosted-cluster verify NAME` を実行してください。',
};

const texts = {
  seen: (replicas: number) =>
    say(
      `this management cluster restores each of the ${replicas} members of etcd as a cluster of its own (split brain, OCPBUGS-99534). ${afterwards.en}`,
      `この管理クラスターは etcd の ${replicas} 台のメンバーをそれぞれ別のクラスターとして復元します (スプリットブレイン、OCPBUGS-99534)。${afterwards.ja}`,
    ),
  unknown: (replicas: number) =>
    say(
      `releases of HyperShift restore each of the ${replicas} members of etcd as a cluster of its own (split brain, OCPBUGS-99534), and it cannot be seen here whether this one does. ${afterwards.en}`,
      `HyperShift には etcd の ${replicas} 台のメンバーをそれぞれ別のクラスターとして復元するリリースがあり (スプリットブレイン、OCPBUGS-99534)、該当するかどうかをここでは確認できません。${afterwards.ja}`,
    ),
};
