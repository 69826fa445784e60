import { say, spec } from '../../spec.ts';
import { nameArgument } from './names.ts';

export const verify = spec({
  name: 'verify',
  summary: say(
    'Say whether a hosted cluster is sound: one etcd, equal data, Secrets that can be read',
    'ホステッドクラスターの健全性を検証します (単一の etcd、データの一致、Secret の復号)',
  ),
  details: say(
    'To be run after a restore, before anybody uses the cluster. Every member of etcd is asked in its own pod, because members that were restored apart (split brain, OCPBUGS-99534) all say that they are well. Then the pause, the writers, and the API of the hosted cluster are looked at. Nothing is changed. Exit code 0: sound. 1: not. 3: nothing is wrong, but not everything could be looked at.',
    '復元後、クラスターの利用を開始する前に実行します。別々に復元されたメンバー (スプリットブレイン、OCPBUGS-99534) はそれぞれ正常と応答するため、すべての etcd メンバーに Pod ごとに問い合わせます。さらに一時停止の状態、書き込み元、ホステッドクラスターの API を確認します。変更は行いません。終了コード 0 は健全、1 は異常、3 は問題は見つからないが一部を確認できなかったことを示します。',
  ),
  arguments: [nameArgument],
  flags: {},
  examples: [
    {
      command: 'hozon hosted-cluster verify prod',
      summary: say('After a restore', '復元後に検証します'),
    },
  ],
});
