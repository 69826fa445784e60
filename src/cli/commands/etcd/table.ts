import { type NounNode, on, say } from '../../spec.ts';
import { save } from './save/save-spec.ts';
import { exported } from './snapshot/export-spec.ts';
import { restore } from './snapshot/restore-spec.ts';
import { search } from './snapshot/search-spec.ts';
import { diff, get, ls, stats, status, verify } from './snapshot/specs.ts';
import { status as clusterStatus } from './status-spec.ts';

/** `hozon etcd …`. */
export const etcd: NounNode = {
  name: 'etcd',
  summary: say('etcd: running clusters, snapshots', 'etcd のクラスターとスナップショット'),
  commands: [
    {
      name: 'snapshot',
      summary: say(
        'Snapshots of etcd: files that etcdctl saved',
        'etcdctl で保存した etcd のスナップショット',
      ),
      commands: [
        on(diff, () => import('./snapshot/diff.ts')),
        on(exported, () => import('./snapshot/export.ts')),
        on(get, () => import('./snapshot/get.ts')),
        on(ls, () => import('./snapshot/ls.ts')),
        on(restore, () => import('./snapshot/restore.ts')),
        on(save, () => import('./save/save.ts')),
        on(search, () => import('./snapshot/search.ts')),
        on(stats, () => import('./snapshot/stats.ts')),
        on(status, () => import('./snapshot/status.ts')),
        on(verify, () => import('./snapshot/verify.ts')),
      ],
    },
    on(clusterStatus, () => import('./status.ts')),
  ],
};
