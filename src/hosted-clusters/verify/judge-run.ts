import { isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import type { HostedClusterKey } from '../hosted-cluster.ts';
import { livenessOf, nameOfHolder } from '../journal/holder.ts';
import { type LockState, readLock } from '../journal/lock-object.ts';
import { type SoundnessFinding, unknown, unsound } from './finding.ts';

/** A lock that was renewed this long ago is held by somebody who lives; clocks differ a little. Milliseconds. */
const signOfLife = 60_000;

/** What the lock of a hosted cluster tells: a run that is at work has it as it needs it, one that died has left it halfway. */
export async function judgeRun(
  lock: KubeObject,
  key: HostedClusterKey,
  now: Date,
): Promise<SoundnessFinding[]> {
  const state = readOrReason(lock);
  if ('reason' in state) return [unknown('run-unreadable', state.reason)];
  const { holder, record } = state;
  if (holder !== undefined && (await isAtWork(state, now)))
    return [unknown('run-at-work', texts.atWork(nameOfHolder(holder), holder.since))];
  return record === undefined ? [] : [unsound('run-unfinished', texts.unfinished(formatKey(key)))];
}

function readOrReason(lock: KubeObject): LockState | { readonly reason: Message } {
  try {
    return readLock(lock);
  } catch (thrown) {
    if (!isHozonError(thrown)) throw thrown;
    return { reason: { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') } };
  }
}

async function isAtWork({ holder, renewed }: LockState, now: Date): Promise<boolean> {
  const liveness = holder === undefined ? 'dead' : await livenessOf(holder);
  if (liveness !== 'unknown') return liveness === 'alive';
  return Math.abs(now.getTime() - Date.parse(renewed)) < signOfLife;
}

const texts = {
  atWork: (who: string, since: string) =>
    say(
      `a run on this cluster is at work on ${who} since ${since}: what it has paused or scaled, it brings back. Verify again when it has ended`,
      `${who} がこのクラスターで実行中です (${since} 開始)。一時停止やスケールは実行後に元に戻されます。終了後に再度検証してください`,
    ),
  unfinished: (key: string) =>
    say(
      `a run on this cluster has not ended: finish it with the command that began it, \`hozon hosted-cluster snapshot ${key} TARGET --key-repo REPO\`, or take it back with \`hozon hosted-cluster undo ${key}\``,
      `このクラスターで終了していない実行があります。開始時と同じコマンド \`hozon hosted-cluster snapshot ${key} TARGET --key-repo REPO\` で完了させるか、\`hozon hosted-cluster undo ${key}\` で元に戻してください`,
    ),
};
