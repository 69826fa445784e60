import { type NounNode, on, say } from '../../spec.ts';
import { diff, get, ls, stats, status, verify } from './snapshot/specs.ts';

/** `hozon etcd snapshot …`. */
export const etcd: NounNode = {
  name: 'etcd',
  summary: say('etcd: snapshots', 'etcd のスナップショット'),
  commands: [
    {
      name: 'snapshot',
      summary: say(
        'Snapshots of etcd: files that etcdctl saved',
        'etcdctl で保存した etcd のスナップショット',
      ),
      commands: [
        on(diff, () => import('./snapshot/diff.ts')),
        on(get, () => import('./snapshot/get.ts')),
        on(ls, () => import('./snapshot/ls.ts')),
        on(stats, () => import('./snapshot/stats.ts')),
        on(status, () => import('./snapshot/status.ts')),
        on(verify, () => import('./snapshot/verify.ts')),
      ],
    },
  ],
};
