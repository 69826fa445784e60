import type { Message } from '#foundation/language.ts';
import type { CopiedSnapshot } from '#repository/copying/copy.ts';
import type { Loss } from '#repository/copying/landing.ts';
import type { CountedLoss } from '#repository/copying/losses.ts';
import type { Difference } from '#repository/copying/verify.ts';
import { formatTime } from '#repository/format/go-time.ts';
import { heads } from '../../messages.ts';
import type { Column, Outcome } from '../../output/outcome.ts';
import { say } from '../../spec.ts';

/** What became of a snapshot, or would. */
export interface CopyRow extends Omit<CopiedSnapshot, 'kind'> {
  readonly kind: CopiedSnapshot['kind'] | 'missing';
}

/** The words for what became of a snapshot. */
export const statuses = {
  copied: { text: say('copied', 'コピー済み'), tone: 'good' },
  present: { text: say('present', '既存'), tone: 'dim' },
  missing: { text: say('to be copied', 'コピー対象'), tone: 'strong' },
  'left-out': { text: say('left out', '対象外'), tone: 'warn' },
} as const;

/** The same for repositories of all formats. */
export const copyColumns: readonly Column<CopyRow>[] = [
  { header: say('STATUS', '状態'), cell: ({ kind }) => statuses[kind] },
  { header: say('SOURCE', 'コピー元'), cell: ({ source }) => source.id.slice(0, 8) },
  { header: say('COPY', 'コピー'), cell: ({ id }) => id?.slice(0, 8) ?? '' },
  { header: heads.created, cell: ({ source }) => formatTime(source.time).replace(/\.\d+/, '') },
  { header: say('HOST', 'ホスト'), cell: ({ source }) => source.host },
  { header: say('PATHS', 'パス'), cell: ({ source }) => source.paths.join(', '), yields: true },
];

/** With the names that copies between restic repositories have. */
export function copyData({ kind, source, id }: CopyRow): Readonly<Record<string, unknown>> {
  const { time, host, user, paths, tags, description = '', pins, incomplete } = source;
  return {
    status: kind,
    source: source.id,
    ...(id === undefined ? {} : { id }),
    time: formatTime(time),
    paths,
    hostname: host,
    username: user,
    ...(tags.length === 0 ? {} : { tags }),
    ...(description === '' ? {} : { description }),
    ...(pins.length === 0 ? {} : { pins }),
    ...(incomplete === undefined ? {} : { incomplete }),
  };
}

const losses: Readonly<Record<Loss, Message>> = {
  'special-files': say(
    'devices, pipes, sockets and what is of no known type are left out',
    'デバイス、パイプ、ソケット、および不明な種類のものはコピーされません',
  ),
  attributes: say(
    'extended attributes, with them ACLs and security labels, are lost',
    '拡張属性 (ACL とセキュリティーラベルを含む) は失われます',
  ),
  'hard-links': say(
    'files under several names become files of their own',
    '複数の名前を持つファイルは、それぞれ独立したファイルになります',
  ),
  names: say('bytes of names that are no UTF-8 are replaced', 'UTF-8 ではない名前のバイトは置き換えられます'),
  'owner-names': say(
    'the names of owners are lost; their numbers stay',
    '所有者の名前は失われます (番号は残ります)',
  ),
  'directories-above': say(
    'the metadata of the directories above what was stored is lost',
    '保存対象より上位のディレクトリーのメタデータは失われます',
  ),
  'several-paths': say(
    'several paths become the directory above them; a tag keeps them',
    '複数のパスは共通の上位ディレクトリーになり、元のパスはタグに残ります',
  ),
  'as-tags': say(
    'descriptions, pins, and why a snapshot is incomplete are kept as tags only',
    '説明、固定、不完全である理由は、タグとしてのみ残ります',
  ),
  'run-details': say(
    'what a snapshot says of the run that made it is lost',
    'スナップショットの作成時の処理に関する記録は失われます',
  ),
};

/** What will be lost, and where that is first met. */
export function lossText({ loss, count, snapshot, path }: CountedLoss): Message {
  const text = losses[loss];
  const short = snapshot.slice(0, 8);
  const [of, where] = path === undefined ? ['snapshots', short] : ['entries', `${short}:${path}`];
  const unit = path === undefined ? 'スナップショット' : 'エントリー';
  return say(
    `Not kept: ${text.en()} (${of}: ${count}, the first one is ${where})`,
    `保持されないもの: ${text.ja()} (${unit}: ${count} 件、最初のものは ${where})`,
  );
}

const differences: Readonly<Record<Difference['what'], Message>> = {
  missing: say('is missing in the copy', 'コピーにありません'),
  extra: say('is in the copy alone', 'コピーにだけあります'),
  type: say('is of another type in the copy', 'コピーでは種類が異なります'),
  metadata: say('has other metadata in the copy', 'コピーではメタデータが異なります'),
  content: say('has other content in the copy', 'コピーでは内容が異なります'),
};

function differenceText({ snapshot, path, what }: Difference): Message {
  const where = `${snapshot.slice(0, 8)}:${path}`;
  return say(`${where} ${differences[what].en()}.`, `${where}: ${differences[what].ja()}。`);
}

function verifiedText(count: number): Message {
  return say(
    `Compared ${count === 1 ? '1 copy' : `${count} copies`} with what ${count === 1 ? 'it is' : 'they are'} of: all is the same.`,
    `${count} 件のコピーをコピー元と比較し、一致することを確認しました。`,
  );
}

/** What a comparison of copies with their sources adds to the outcome. */
export function verified(
  differences: readonly Difference[] | undefined,
  count: number,
): Pick<Outcome, 'exit' | 'notes'> {
  if (differences === undefined) return {};
  if (differences.length > 0) return { exit: 'failed', notes: differences.map(differenceText) };
  return { notes: [verifiedText(count)] };
}
