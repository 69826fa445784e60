import { chooseSnapshots } from '#repository/restic/reading/choose.ts';
import { changeTags, type Retagged, type TagChange } from '#repository/restic/retention/change-tags.ts';
import { parseTagList } from '#repository/retention/tag-lists.ts';
import { cliErrors } from '../../errors.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { type FlagValues, type Handler, say } from '../../spec.ts';
import { filterOf } from './filter.ts';
import { shortId } from './forget-view.ts';
import { lockedRepository } from './open.ts';
import type { tag } from './specs/tag.ts';
import { replacedEnding, undeletedData } from './undeleted.ts';

export const run: Handler<typeof tag> = async ({ args: ids, flags }, context) => {
  const change = changeOf(flags);
  const { repository, signal } = await lockedRepository(flags, context, 'exclusive');
  const chosen = await chooseSnapshots(repository, { ids, ...filterOf(flags, context) }, { signal });
  const items = await Array.fromAsync(changeTags(repository, chosen, change, { signal }));
  return listing({
    items,
    columns,
    name: ({ after }) => after.id,
    data: ({ before, after, undeleted }) => ({
      old_snapshot_id: before,
      new_snapshot_id: after.id,
      tags: after.document.tags ?? [],
      ...(undeleted === undefined ? {} : { undeleted: undeletedData([undeleted]) }),
    }),
    empty: say('No snapshot was changed.', '変更されたスナップショットはありません。'),
    ...replacedEnding(items.flatMap(({ undeleted }) => undeleted ?? [])),
  });
};

function changeOf({ set, add = [], remove = [] }: FlagValues<(typeof tag)['flags']>): TagChange {
  const some = add.length > 0 || remove.length > 0;
  if (set === undefined && !some) {
    throw cliErrors.raise['missing-flag']({ flags: ['--add', '--remove', '--set'] });
  }
  if (set === undefined) return { add, remove };
  if (some) throw cliErrors.raise['conflicting-flags']({ flags: ['--set', '--add', '--remove'] });
  return { set: set.flatMap(parseTagList).filter(each => each !== '') };
}

const columns: readonly Column<Retagged>[] = [
  { header: say('BEFORE', '変更前'), cell: ({ before }) => shortId(before) },
  { header: say('NOW', '変更後'), cell: ({ after }) => shortId(after.id) },
  { header: say('TAGS', 'タグ'), cell: ({ after }) => (after.document.tags ?? []).join(',') },
];
