import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { trailerSize } from '#etcd/snapshot/trailer.ts';
import { describeThrown } from '#foundation/errors.ts';
import { raise } from './errors.ts';
import { type OpenAnswer, openUrl } from './open-url.ts';
import type { TryOptions } from './try-url.ts';
import type { SnapshotUrl } from './url.ts';

/** A snapshot on this machine. */
export interface LocalSnapshot extends AsyncDisposable {
  readonly path: string;
}

/**
 * Fetches a snapshot into a file that only its owner can read and that goes with the result.
 *
 * @throws `hosted-manifest.url-unusable`
 */
export async function fetchSnapshot({ url }: SnapshotUrl, options: TryOptions): Promise<LocalSnapshot> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-snapshot-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const path = join(directory, 'snapshot.db');
    await using answer = await answerOf(url, {}, options);
    await pipeline(answer.body, createWriteStream(path, { mode: 0o600, flags: 'wx' }), {
      signal: options.signal,
    });
    return { path, [Symbol.asyncDispose]: remove };
  } catch (thrown) {
    await remove();
    options.signal?.throwIfAborted();
    throw failed(thrown);
  }
}

/**
 * Whether the object at a URL is this file: as long, and with the same checksum at its end.
 *
 * @throws `hosted-manifest.url-unusable`
 */
export async function isSameSnapshot(
  { url }: SnapshotUrl,
  { path, size }: { readonly path: string; readonly size: number | undefined },
  options: TryOptions,
): Promise<boolean> {
  await using file = await open(path, 'r');
  const { size: length } = await file.stat();
  if (size !== undefined && size !== length) return false;
  const { buffer } = await file.read(Buffer.alloc(trailerSize), 0, trailerSize, length - trailerSize);
  const range = `bytes=${length - trailerSize}-${length - 1}`;
  try {
    await using answer = await answerOf(url, { range }, options);
    const pieces: Buffer[] = [];
    for await (const piece of answer.body) pieces.push(piece);
    return answer.status === 206 && Buffer.concat(pieces).equals(buffer);
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
  const why = describeThrown(thrown);
  return raise['url-unusable']({ problem: why, problemJa: why }, { cause: thrown });
}
