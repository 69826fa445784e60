import { compareSnapshots, compareWithLive } from '#etcd/objects/compare.ts';
import { changeData } from '#kube/diff/changes.ts';
import type { Difference } from '#kube/diff/differences.ts';
import { groupResource } from '#kube/objects.ts';
import { description, listing } from '../../../output/outcome.ts';
import type { Handler } from '../../../spec.ts';
import { diffColumns, diffFields, nameOf, summaryOf } from '../../backup/diff-fields.ts';
import { diffTexts } from '../../backup/diff-messages.ts';
import { openObjects, typeIn } from './open.ts';
import type { diff } from './specs.ts';

/** The word for the cluster in the place of a snapshot. */
const live = 'live';

export const run: Handler<typeof diff> = async ({ args: [from = '', to = ''], flags }, context) => {
  const { signal, globals } = context;
  const reader = await openObjects(from, flags, context);
  const wanted = await Promise.all((flags.types ?? []).map(word => typeIn(reader, word, signal)));
  const request = {
    namespace: flags.namespace,
    types: wanted.length === 0 ? undefined : new Set(wanted.map(groupResource)),
    status: flags.status,
  };
  const found = await Array.fromAsync(
    to === live
      ? compareWithLive(reader, await context.cluster(), request, { signal })
      : compareSnapshots(
          reader,
          await openObjects(to, { ...flags, revision: flags.toRevision }, context),
          request,
          { signal },
        ),
  );
  const data = (each: Difference): unknown => ({ ...each, fields: changeData(each.fields) });
  if (globals.output === 'name' || globals.output === 'wide') {
    return listing({ items: found, columns: diffColumns, name: nameOf, data, empty: diffTexts.none });
  }
  return description({
    data: { from, to, summary: summaryOf(found), items: found.map(data) },
    name: `${from}..${to}`,
    text: diffFields({ from, to: to === live ? diffTexts.live : to, found }, flags.details === true),
  });
};
