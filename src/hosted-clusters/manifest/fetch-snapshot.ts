import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { requireRoom } from '#etcd/save/file-sink.ts';
import { checkTrailer, trailerSize } from '#etcd/snapshot/trailer.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { raise } from './errors.ts';
import { type OpenAnswer, openUrl } from './open-url.ts';
import type { TryOptions } from './try-url.ts';
import type { SnapshotUrl } from './url.ts';

/** A snapshot on this machine. */
export interface LocalSnapshot extends AsyncDisposable {
  readonly path: string;
}

/** A snapshot at a URL. */
export interface FarSnapshot {
  readonly url: SnapshotUrl;
  /** Bytes, where the server says. */
  readonly size: number | undefined;
}

/** More than any etcd holds: its quota is 8 GiB. Bytes; for a server that does not say how much it will send. */
const largest = 16 * 1024 ** 3;

/**
 * Fetches a snapshot into a file that only its owner can read and that goes with the result. It is whole: as long as its server said, and with the
 * checksum that it ends in.
 *
 * @throws `hosted-manifest.url-unusable`, `etcd.save-no-space`
 */
export async function fetchSnapshot(
  { url: { url }, size }: FarSnapshot,
  options: TryOptions,
): Promise<LocalSnapshot> {
  if (size !== undefined) await requireRoom(tmpdir(), size);
  const directory = await mkdtemp(join(tmpdir(), 'hozon-snapshot-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const path = join(directory, 'snapshot.db');
    await using answer = await answerOf(url, {}, options);
    await pipeline(
      bounded(answer.body, size ?? largest),
      createWriteStream(path, { mode: 0o600, flags: 'wx' }),
      { signal: options.signal },
    );
    const { size: length } = await stat(path);
    if (size !== undefined && length !== size) throw unusable(texts.short(length, size));
    const { signal } = options;
    if ((await checkTrailer(path, { signal })) !== 'sound') throw unusable(texts.damaged);
    return { path, [Symbol.asyncDispose]: remove };
  } catch (thrown) {
    await remove();
    options.signal?.throwIfAborted();
    throw failed(thrown);
  }
}

/** A server may send other than it said. */
async function* bounded(body: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > most) throw unusable(texts.long(most));
    yield piece;
  }
}

/**
 * Whether the object at a URL is this file: as long, and with the same checksum at its end. Only that is fetched.
 *
 * @throws `hosted-manifest.url-unusable`
 */
export async function isSameSnapshot(
  { url: { url }, size }: FarSnapshot,
  path: string,
  options: TryOptions,
): Promise<boolean> {
  await using file = await open(path, 'r');
  const { size: length } = await file.stat();
  if (length < trailerSize || (size !== undefined && size !== length)) return false;
  const { buffer } = await file.read(Buffer.alloc(trailerSize), 0, trailerSize, length - trailerSize);
  const range = `bytes=${length - trailerSize}-${length - 1}`;
  try {
    await using answer = await answerOf(url, { range }, options);
    if (answer.status !== 206) throw unusable(texts.noRanges);
    const pieces: Buffer[] = [];
    for await (const piece of bounded(answer.body, trailerSize)) pieces.push(piece);
    return Buffer.concat(pieces).equals(buffer);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw failed(thrown);
  }
}

async function answerOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  options: TryOptions,
): Promise<OpenAnswer> {
  const answer = await openUrl(url, { headers, ...options });
  if (answer.status === 200 || answer.status === 206) return answer;
  await answer[Symbol.asyncDispose]();
  throw new Error(`HTTP ${answer.status}`);
}

function failed(thrown: unknown): Error {
  if (isHozonError(thrown)) return thrown;
  const why = describeThrown(thrown);
  return unusable(say(why, why), thrown);
}

function unusable(problem: Message, cause?: unknown): Error {
  return raise['url-unusable']({ problem: problem.en(), problemJa: problem.ja() }, { cause });
}

const texts = {
  noRanges: say(
    'its server does not send parts of an object (Range), so it cannot be told whether the object is the file of --snapshot; without --snapshot all of it is fetched',
    'サーバーがオブジェクトの一部の取得 (Range) に対応していないため、--snapshot のファイルと同じか確認できません。--snapshot を省略すると全体を取得します',
  ),
  long: (most: number) =>
    say(
      `its server sends more than the ${most} bytes that it said`,
      `サーバーが応答したサイズ ${most} バイトを超えるデータを送信しました`,
    ),
  short: (found: number, wanted: number) =>
    say(
      `its server sent ${found} of ${wanted} bytes`,
      `${wanted} バイト中 ${found} バイトしか取得できませんでした`,
    ),
  damaged: say(
    'the snapshot there does not match the checksum at its end: it was damaged, and etcd refuses to restore it. Take another one',
    'スナップショットが末尾のチェックサムと一致しません。破損しており、etcd は復元を拒否します。別のスナップショットを使用してください',
  ),
};
