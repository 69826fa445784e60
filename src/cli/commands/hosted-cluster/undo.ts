import { raise } from '#hosted-clusters/errors.ts';
import { undoProcedure } from '#hosted-clusters/snapshot/procedure.ts';
import { formatKey } from '#kube/objects.ts';
import { undo as takeBack } from '#steps/undo.ts';
import { description } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import type { undo } from './snapshot-spec.ts';
import { stepNotes } from './step-notes.ts';
import { clusterWork, journalOf } from './work.ts';

export const run: Handler<typeof undo> = async ({ args: [name = ''], flags }, context) => {
  const work = await clusterWork(name, flags, context);
  const cluster = formatKey(work.cluster.key);
  await using held = await journalOf(work, context).claim(context.signal);
  if (held.found === undefined) throw raise['nothing-to-undo']({ cluster });
  const steps = Object.entries(held.found.steps).flatMap(([id, { state }]) =>
    state === 'begun' || state === 'proven' ? [id] : [],
  );
  await takeBack(undoProcedure(work), held, { onEvent: stepNotes(context) });
  return description({
    name: cluster,
    data: { cluster, undone: true, begun: steps },
    text: say(
      `The hosted cluster ${cluster} is what it was before. No snapshot was kept.`,
      `ホステッドクラスター ${cluster} を元の状態に戻しました。スナップショットは保存していません。`,
    ),
  });
};
