import type { Message } from '#foundation/language.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { type Recovery, recover as recoverRestic } from '#repository/restic/upkeep/recover.ts';
import { description } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { lockedRepository } from './open.ts';
import type { recover } from './specs/upkeep.ts';

export const run: Handler<typeof recover> = async ({ flags }, context) => {
  const { repository, signal } = await lockedRepository(flags, context, 'exclusive');
  const { clock, progress } = context;
  const recovery = await recoverRestic(repository, { identity: ownIdentity(), clock, progress, signal });
  const { roots, unreadable, snapshot } = recovery;
  return description({
    data: { snapshot: snapshot?.id, roots, unreadable },
    name: snapshot?.id ?? '',
    text: textOf(recovery),
    notes: unreadable === 0 ? [] : [unreadableNote(unreadable)],
    ...(unreadable === 0 ? {} : { exit: 'partial' }),
  });
};

function textOf({ roots, snapshot }: Recovery): Message {
  if (snapshot === undefined) {
    return say(
      'Snapshots lead to every directory; there is nothing to recover.',
      'すべてのディレクトリーがスナップショットから参照されています。復旧の対象はありません。',
    );
  }
  const id = snapshot.id.slice(0, 8);
  return say(
    `Made the snapshot ${id} of ${roots.length} directories that nothing led to.`,
    `参照されていなかった ${roots.length} 個のディレクトリーからスナップショット ${id} を作成しました。`,
  );
}

function unreadableNote(count: number): Message {
  return say(
    `${count} directories cannot be read; \`hozon repo check\` says where.`,
    `${count} 個のディレクトリーを読み取れません。\`hozon repo check\` で確認してください。`,
  );
}
