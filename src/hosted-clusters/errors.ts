import { defineErrors, error } from '#foundation/errors.ts';
import { snapshotErrors } from './snapshot/errors.ts';

/** What can go wrong with a hosted cluster (HyperShift). */
export const errors = defineErrors('hosted-cluster', {
  'no-hypershift': error<{ server: string; type: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `${p.server} serves no ${p.type}: it is not the management cluster of hosted clusters`,
      ja: p =>
        `${p.server} は ${p.type} を提供していません。ホステッドクラスターの管理クラスターではありません`,
    },
    hint: {
      en: () => 'Name the management cluster with --kubeconfig or --context, not the hosted cluster itself.',
      ja: () =>
        'ホステッドクラスター自体ではなく、管理クラスターを --kubeconfig または --context で指定してください。',
    },
  }),
  'not-found': error<{ cluster: string; known: readonly string[] }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p =>
        `there is no HostedCluster ${p.cluster}${p.known.length > 0 ? `; there are: ${p.known.join(', ')}` : ''}`,
      ja: p =>
        `HostedCluster ${p.cluster} がありません${p.known.length > 0 ? `。存在するもの: ${p.known.join('、')}` : ''}`,
    },
    hint: {
      en: () => 'Check the name, and give the namespace of the HostedCluster if it is not `clusters`.',
      ja: () =>
        '名前を確認してください。namespace が `clusters` でない場合は、HostedCluster の namespace を指定してください。',
    },
  }),
  ...snapshotErrors,
});

/** The factories of {@link errors}: `raise['not-found']({ … })`. */
export const { raise } = errors;
