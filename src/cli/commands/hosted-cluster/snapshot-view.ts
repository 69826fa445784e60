import { formatBytes } from '#foundation/format.ts';
import { type SnapshotWork } from '#hosted-clusters/snapshot/work.ts';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import { formatKey } from '#kube/objects.ts';
import type { JournalRecord } from '#steps/journal.ts';
import type { PlannedStep } from '#steps/plan.ts';
import type { Json } from '#steps/step.ts';
import { description, type Field, type Outcome } from '../../output/outcome.ts';
import { say } from '../../spec.ts';

/** What was taken, for people and for programs. */
export function takenOutcome(work: SnapshotWork, results: Readonly<Record<string, Json>>): Outcome {
  const shipped = results['ship'];
  const place = textAt(shipped, 'place') ?? '';
  const key = results['match-key'];
  const keptAt = textAt(results['store-key'], 'place');
  const members = listAt(results['verify'], 'members');
  const compared = listAt(valueAt(results['capture'], 'hashes'), 'members').length;
  const isWhole = members.length < 2 || compared === members.length;
  return description({
    ...(isWhole ? {} : { exit: 'partial', notes: [notCompared(compared, members.length)] }),
    name: place,
    data: {
      cluster: formatKey(work.cluster.key),
      mode: work.mode,
      place,
      takenAt: textAt(results['capture'], 'takenAt') ?? null,
      size: valueAt(shipped, 'size'),
      sha256: textAt(shipped, 'sha256'),
      member: textAt(shipped, 'pod'),
      members,
      hashes: valueAt(results['capture'], 'hashes') ?? null,
      key: key === undefined ? null : { ...Object(key), place: keptAt ?? null },
      dryRun: false,
    },
    text: [
      { label: say('Kept at', '保存先'), value: place },
      { label: say('Taken of', '取得元'), value: `${formatKey(work.cluster.key)} ${textAt(shipped, 'pod')}` },
      { label: say('Taken at', '取得日時'), value: textAt(results['capture'], 'takenAt') ?? '?' },
      { label: say('Size', 'サイズ'), value: formatBytes(Number(valueAt(shipped, 'size') ?? 0)) },
      { label: say('SHA-256', 'SHA-256'), value: textAt(shipped, 'sha256') ?? '' },
      { label: say('Members', 'メンバー'), lines: members.map(memberLine) },
      comparedField(valueAt(results['capture'], 'hashes')),
      ...keyFields(key, keptAt),
    ],
  });
}

function notCompared(compared: number, members: number) {
  return say(
    `The hashes of ${compared} of ${members} members were compared: nobody can say that the others hold the same. Allow pods/portforward, then take another.`,
    `ハッシュを比較できたメンバーは ${members} 台中 ${compared} 台です。残りの内容が一致するかは確認できません。pods/portforward を許可してから取得し直してください。`,
  );
}

function memberLine(member: unknown) {
  const [pod, revision, keys] = ['pod', 'revision', 'liveKeys'].map(each => String(valueAt(member, each)));
  return say(
    `${pod}: every page and record sound; revision ${revision}, ${keys} keys`,
    `${pod}: 全ページと全レコードを検証済み。リビジョン ${revision}、キー ${keys} 個`,
  );
}

function comparedField(hashes: unknown): Field {
  const label = say('Compared', '比較');
  if (hashes === undefined) {
    const text = say(
      'hashes were not compared: fewer than two members could be asked',
      'ハッシュは比較していません (問い合わせできたメンバーが 2 台未満)',
    );
    return { label, value: text };
  }
  const pods = listAt(hashes, 'members').join(', ');
  const hash = Number(valueAt(hashes, 'hash')).toString(16);
  const revision = String(valueAt(hashes, 'revision'));
  return {
    label,
    value: say(
      `the hash of all keys at revision ${revision} is ${hash} on ${pods}`,
      `リビジョン ${revision} の全キーのハッシュは ${pods} で一致 (${hash})`,
    ),
  };
}

function keyFields(key: Json | undefined, place: string | undefined): Field[] {
  if (key === undefined) return [];
  const values = String(valueAt(key, 'values'));
  const matched = say(
    `${listAt(key, 'keys').join(', ')}: ${values} of ${values} encrypted values of the snapshot decrypted`,
    `${listAt(key, 'keys').join('、')}: 暗号化された値 ${values} 件をすべて復号`,
  );
  const kept =
    place === undefined
      ? say('nowhere (--no-key): keep it yourself', '保存していません (--no-key)。別途保管してください')
      : say(place, place);
  return [
    { label: say('Key', 'キー'), value: matched },
    { label: say('Key kept at', 'キーの保存先'), value: kept },
  ];
}

/** What would be done. */
export function plannedOutcome(
  work: SnapshotWork,
  steps: readonly PlannedStep[],
  left: JournalRecord | undefined,
): Outcome {
  const cluster = formatKey(work.cluster.key);
  return description({
    name: cluster,
    data: {
      cluster,
      mode: work.mode,
      dryRun: true,
      leftByDeadRun: left === undefined ? null : { direction: left.direction, input: left.input },
      steps: steps.map(({ id, title, command, undo, state, before }) => ({
        id,
        title: title.en(),
        command: command ?? null,
        undo: undo === undefined ? null : { title: undo.title.en(), command: undo.command ?? null },
        state: state ?? null,
        before: before ?? null,
      })),
    },
    text: steps.map(stepField),
    notes: left === undefined ? [untouched] : [leftover, untouched],
  });
}

function stepField({ title, command, undo, state, before }: PlannedStep, at: number): Field {
  return {
    label: `${at + 1}`,
    value: title,
    fields: [
      ...(state === undefined ? [] : [{ label: say('By a dead run', '中断した処理での状態'), value: state }]),
      ...(before === undefined ? [] : [{ label: say('Before', '変更前'), value: JSON.stringify(before) }]),
      ...(command === undefined ? [] : [{ label: say('By hand', '手動の場合'), value: command }]),
      ...(undo === undefined ? [] : [{ label: say('Taken back', '元に戻す操作'), value: undo.title }]),
    ],
  };
}

const untouched = say(
  'Nothing was touched. Run it again without --dry-run.',
  '何も変更していません。--dry-run を外して再実行してください。',
);

const leftover = say(
  'A run that did not come to its end left a journal: this run would go on with it, or take it back first if its flags were others.',
  '完了しなかった処理の記録があります。フラグが同じなら続行し、異なる場合は先に元に戻します。',
);
