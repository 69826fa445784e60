import { type NounNode, on, say } from '../../spec.ts';
import { check } from './specs/check.ts';
import { copy, rewrite } from './specs/copying.ts';
import { forget } from './specs/forget.ts';
import { init } from './specs/init.ts';
import { key } from './specs/key.ts';
import { list } from './specs/list.ts';
import { diff, find, stats } from './specs/queries.ts';
import { cat, dump, ls, snapshots } from './specs/reading.ts';
import { restore } from './specs/restore.ts';
import { snapshot } from './specs/snapshot.ts';
import { tag } from './specs/tag.ts';
import { unlock } from './specs/unlock.ts';
import { prune, recover, repair } from './specs/upkeep.ts';

/** `hozon repo …`. */
export const repo: NounNode = {
  name: 'repo',
  aliases: ['repository'],
  summary: say('Restic repositories', 'restic リポジトリー'),
  commands: [
    on(cat, () => import('./cat.ts')),
    on(check, () => import('./check.ts')),
    on(copy, () => import('./copy.ts')),
    on(diff, () => import('./diff.ts')),
    on(dump, () => import('./dump.ts')),
    on(find, () => import('./find.ts')),
    on(forget, () => import('./forget.ts')),
    on(init, () => import('./init.ts')),
    on(key, () => import('./key.ts')),
    on(list, () => import('./list.ts')),
    on(ls, () => import('./ls.ts')),
    on(prune, () => import('./prune.ts')),
    on(recover, () => import('./recover.ts')),
    on(repair, () => import('./repair.ts')),
    on(restore, () => import('./restore.ts')),
    on(rewrite, () => import('./rewrite.ts')),
    on(snapshot, () => import('./snapshot.ts')),
    on(snapshots, () => import('./snapshots.ts')),
    on(stats, () => import('./stats.ts')),
    on(tag, () => import('./tag.ts')),
    on(unlock, () => import('./unlock.ts')),
  ],
};
