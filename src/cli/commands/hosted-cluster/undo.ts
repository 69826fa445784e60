import type { Message } from '#foundation/language.ts';
import { raise } from '#hosted-clusters/errors.ts';
import { undoProcedure } from '#hosted-clusters/snapshot/procedure.ts';
import { textAt } from '#kube/fields.ts';
import { formatKey } from '#kube/objects.ts';
import type { JournalRecord } from '#steps/journal.ts';
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
  const mayLie = steps.includes('ship') ? (placeIn(held.found) ?? '?') : undefined;
  return description({
    name: cluster,
    data: { cluster, undone: true, begun: steps, mayLie: mayLie ?? null },
    text: mayLie === undefined ? nothingKept(cluster) : perhapsKept(cluster, mayLie),
  });
};

/** Where the run was putting the snapshot. */
function placeIn({ input, steps }: JournalRecord): string | undefined {
  return textAt(steps['ship']?.result, 'place') ?? textAt(input, 'target');
}

function nothingKept(cluster: string): Message {
  return say(
    `The hosted cluster ${cluster} is what it was before. No snapshot was kept.`,
    `ホステッドクラスター ${cluster} を元の状態に戻しました。スナップショットは保存していません。`,
  );
}

function perhapsKept(cluster: string, place: string): Message {
  return say(
    `The hosted cluster ${cluster} is what it was before. The upload to ${place} had begun: a whole snapshot may lie there, and stays.`,
    `ホステッドクラスター ${cluster} を元の状態に戻しました。${place} への保存が始まっていたため、完全なスナップショットが残っている可能性があります (削除していません)。`,
  );
}
