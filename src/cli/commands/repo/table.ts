import { type NounNode, on, say } from '../../spec.ts';
import { onEither } from './formats.ts';
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

/** Stands where the handler for kopia comes: `() => import('./kopia/COMMAND.ts')`. */
const notYet = say(
  'kopia repositories have none of what it works on',
  'kopia リポジトリーには対象となるものがありません',
);

/** What nobody has to unlock. */
const noLocks = say(
  'kopia repositories have no locks, everybody may add to one at any time',
  'kopia リポジトリーにはロックがなく、いつでも複数の処理から追加できます',
);

/** `hozon repo …`. */
export const repo: NounNode = {
  name: 'repo',
  aliases: ['repository'],
  summary: say('Restic and kopia repositories', 'restic と kopia のリポジトリー'),
  commands: [
    onEither(cat, { restic: () => import('./cat.ts'), kopia: () => import('./kopia/cat.ts') }),
    onEither(check, { restic: () => import('./check.ts'), kopia: notYet }),
    on(copy, () => import('./copy.ts')),
    onEither(diff, { restic: () => import('./diff.ts'), kopia: notYet }),
    onEither(dump, { restic: () => import('./dump.ts'), kopia: notYet }),
    onEither(find, { restic: () => import('./find.ts'), kopia: notYet }),
    onEither(forget, { restic: () => import('./forget.ts'), kopia: notYet }),
    on(init, () => import('./init.ts')),
    onEither(key, { restic: () => import('./key.ts'), kopia: notYet }),
    onEither(list, { restic: () => import('./list.ts'), kopia: () => import('./kopia/list.ts') }),
    onEither(ls, { restic: () => import('./ls.ts'), kopia: notYet }),
    onEither(prune, { restic: () => import('./prune.ts'), kopia: notYet }),
    onEither(recover, { restic: () => import('./recover.ts'), kopia: notYet }),
    onEither(repair, { restic: () => import('./repair.ts'), kopia: notYet }),
    onEither(restore, { restic: () => import('./restore.ts'), kopia: notYet }),
    onEither(rewrite, { restic: () => import('./rewrite.ts'), kopia: notYet }),
    onEither(snapshot, { restic: () => import('./snapshot.ts'), kopia: notYet }),
    onEither(snapshots, {
      restic: () => import('./snapshots.ts'),
      kopia: () => import('./kopia/snapshots.ts'),
    }),
    onEither(stats, { restic: () => import('./stats.ts'), kopia: notYet }),
    onEither(tag, { restic: () => import('./tag.ts'), kopia: notYet }),
    onEither(unlock, { restic: () => import('./unlock.ts'), kopia: noLocks }),
  ],
};
