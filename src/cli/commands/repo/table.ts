import { type NounNode, on, say } from '../../spec.ts';
import { check } from './specs/check.ts';
import { init } from './specs/init.ts';
import { cat, dump, ls, snapshots } from './specs/reading.ts';
import { snapshot } from './specs/snapshot.ts';

/** `hozon repo …`. */
export const repo: NounNode = {
  name: 'repo',
  aliases: ['repository'],
  summary: say('Restic repositories', 'restic リポジトリー'),
  commands: [
    on(cat, () => import('./cat.ts')),
    on(check, () => import('./check.ts')),
    on(dump, () => import('./dump.ts')),
    on(init, () => import('./init.ts')),
    on(ls, () => import('./ls.ts')),
    on(snapshot, () => import('./snapshot.ts')),
    on(snapshots, () => import('./snapshots.ts')),
  ],
};
