import { tagTexts } from '#repository/kopia/browsing/browsable.ts';
import { type ChangedSnapshot, tagSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import type { TagEdit } from '#repository/kopia/upkeep/tag-names.ts';
import { parseTagList } from '#repository/retention/tag-lists.ts';
import { cliErrors } from '../../../errors.ts';
import { type Column, listing } from '../../../output/outcome.ts';
import { type FlagValues, type Handler, say } from '../../../spec.ts';
import { shortId } from '../forget-view.ts';
import type { tag } from '../specs/tag.ts';
import { chooseKopiaSnapshots } from './choose.ts';
import { indexedKopia } from './open.ts';
import { identityIn } from './who.ts';

export const run: Handler<typeof tag> = async ({ args: ids, flags }, context) => {
  const edit = editOf(flags);
  const { clock, signal } = context;
  const repository = await indexedKopia(flags, context);
  const chosen = await chooseKopiaSnapshots(repository, { ids, flags, signal }, context);
  const identity = await identityIn(flags, context);
  const options = { identity, allowVelero: flags.unsafeAllowVelero, clock, signal };
  return listing<ChangedSnapshot>({
    items: await tagSnapshots(repository, chosen, edit, options),
    columns,
    name: ({ after }) => after,
    data: ({ before, after, snapshot }) => ({
      old_snapshot_id: before,
      new_snapshot_id: after,
      tags: tagTexts(snapshot.tags),
    }),
    empty: say('No snapshot was changed.', '変更されたスナップショットはありません。'),
  });
};

function editOf({ set, add = [], remove = [] }: FlagValues<(typeof tag)['flags']>): TagEdit {
  const some = add.length > 0 || remove.length > 0;
  if (set === undefined && !some) {
    throw cliErrors.raise['missing-flag']({ flags: ['--add', '--remove', '--set'] });
  }
  if (set === undefined) return { add: checked('--add', add), remove };
  if (some) throw cliErrors.raise['conflicting-flags']({ flags: ['--set', '--add', '--remove'] });
  return {
    set: checked(
      '--set',
      set.flatMap(parseTagList).filter(each => each !== ''),
    ),
  };
}

function checked(flag: string, tags: readonly string[]): readonly string[] {
  const given = tags.find(each => each === '' || each.startsWith(':'));
  if (given === undefined) return tags;
  throw cliErrors.raise['bad-value']({ flag, given, expected: 'NAME:VALUE' });
}

const columns: readonly Column<ChangedSnapshot>[] = [
  { header: say('BEFORE', '変更前'), cell: ({ before }) => shortId(before) },
  { header: say('NOW', '変更後'), cell: ({ after }) => shortId(after) },
  { header: say('TAGS', 'タグ'), cell: ({ snapshot }) => tagTexts(snapshot.tags).join(',') },
];
