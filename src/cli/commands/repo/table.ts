import { type NounNode, on, say } from '../../spec.ts';
import { onEither } from './formats.ts';
import { check } from './specs/check.ts';
import { copy, rewrite } from './specs/copying.ts';
import { forget } from './specs/forget.ts';
import { init } from './specs/init.ts';
import { key } from './specs/key.ts';
import { list } from './specs/list.ts';
import { maintenance } from './specs/maintenance.ts';
import { pin } from './specs/pin.ts';
import { policy } from './specs/policy.ts';
import { diff, find, stats } from './specs/queries.ts';
import { cat, dump, ls, snapshots } from './specs/reading.ts';
import { restore } from './specs/restore.ts';
import { setParameters } from './specs/set-parameters.ts';
import { snapshot } from './specs/snapshot.ts';
import { tag } from './specs/tag.ts';
import { unlock } from './specs/unlock.ts';
import { prune, recover, repair } from './specs/upkeep.ts';

/** What else there is for what some commands do to restic repositories alone. */
const otherwise = {
  recover: say(
    'no snapshot can be made of directories that none leads to. `hozon repo repair index` finds contents whose indexes are lost',
    'どのスナップショットからも参照されないディレクトリーからは作成できません。インデックスを失った内容は `hozon repo repair index` で検出できます',
  ),
};

/** What nobody has to unlock. */
const noLocks = say(
  'kopia repositories have no locks, everybody may add to one at any time',
  'kopia リポジトリーにはロックがなく、いつでも複数の処理から追加できます',
);

/** What restic calls otherwise, or has not. */
const notMaintained = say(
  'what it does is done by `hozon repo prune`',
  '同等の処理は `hozon repo prune` で実行します',
);
const noPins = say(
  'its snapshots have tags, which --keep-tag of `hozon repo forget` keeps',
  'スナップショットにはタグを付け、`hozon repo forget` の --keep-tag で保持します',
);

/** What restic says on the command line each time. */
const noPolicies = say(
  'restic repositories hold no policies, flags say what is kept and what is left out',
  'restic リポジトリーにポリシーはなく、保持と除外はフラグで指定します',
);

/** Nothing of a restic repository is chosen later. */
const noParameters = say(
  'restic repositories have no such parameters: --pack-size and --compression are flags of each command, and a bucket locks objects by its own default',
  'restic リポジトリーにはこの設定がありません。--pack-size と --compression は各コマンドのフラグで指定し、オブジェクトのロックはバケットの既定の設定で行います',
);

/** `hozon repo …`. */
export const repo: NounNode = {
  name: 'repo',
  aliases: ['repository'],
  summary: say('Restic and kopia repositories', 'restic と kopia のリポジトリー'),
  commands: [
    onEither(cat, { restic: () => import('./cat.ts'), kopia: () => import('./kopia/cat.ts') }),
    onEither(check, { restic: () => import('./check.ts'), kopia: () => import('./kopia/check.ts') }),
    on(copy, () => import('./copy.ts')),
    onEither(diff, { restic: () => import('./diff.ts'), kopia: () => import('./kopia/diff.ts') }),
    onEither(dump, { restic: () => import('./dump.ts'), kopia: () => import('./kopia/dump.ts') }),
    onEither(find, { restic: () => import('./find.ts'), kopia: () => import('./kopia/find.ts') }),
    onEither(forget, { restic: () => import('./forget.ts'), kopia: () => import('./kopia/forget.ts') }),
    on(init, () => import('./init.ts')),
    onEither(key, { restic: () => import('./key.ts'), kopia: () => import('./kopia/key.ts') }),
    onEither(list, { restic: () => import('./list.ts'), kopia: () => import('./kopia/list.ts') }),
    onEither(ls, { restic: () => import('./ls.ts'), kopia: () => import('./kopia/ls.ts') }),
    onEither(maintenance, { restic: notMaintained, kopia: () => import('./kopia/maintenance.ts') }),
    onEither(pin, { restic: noPins, kopia: () => import('./kopia/pin.ts') }),
    onEither(policy, { restic: noPolicies, kopia: () => import('./kopia/policy.ts') }),
    onEither(prune, { restic: () => import('./prune.ts'), kopia: () => import('./kopia/prune.ts') }),
    onEither(recover, { restic: () => import('./recover.ts'), kopia: otherwise.recover }),
    onEither(repair, { restic: () => import('./repair.ts'), kopia: () => import('./kopia/repair.ts') }),
    onEither(restore, { restic: () => import('./restore.ts'), kopia: () => import('./kopia/restore.ts') }),
    onEither(rewrite, { restic: () => import('./rewrite.ts'), kopia: () => import('./kopia/rewrite.ts') }),
    onEither(setParameters, { restic: noParameters, kopia: () => import('./kopia/set-parameters.ts') }),
    onEither(snapshot, { restic: () => import('./snapshot.ts'), kopia: () => import('./kopia/snapshot.ts') }),
    onEither(snapshots, {
      restic: () => import('./snapshots.ts'),
      kopia: () => import('./kopia/snapshots.ts'),
    }),
    onEither(stats, { restic: () => import('./stats.ts'), kopia: () => import('./kopia/stats.ts') }),
    onEither(tag, { restic: () => import('./tag.ts'), kopia: () => import('./kopia/tag.ts') }),
    onEither(unlock, { restic: () => import('./unlock.ts'), kopia: noLocks }),
  ],
};
