import type { Message } from '#foundation/language.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import { raise } from '../errors.ts';
import { trailerSize } from '../snapshot/trailer.ts';
import { type Verified, type VerifyOptions, verifySnapshot } from '../snapshot/verify.ts';
import { checkedSnapshot, type StreamProof } from './checked-snapshot.ts';
import type { Saved, SnapshotSink } from './sink.ts';
import type { SnapshotSource } from './source.ts';

/** A snapshot that was taken and is kept. */
export interface SavedSnapshot extends Saved {
  readonly name: string;
  readonly source: string;
  readonly proof: StreamProof;
  /** What reading every page and record of the file said; absent where it is no file of this machine, or that was not wanted. */
  readonly verified?: Verified | undefined;
}

export interface SavingOptions {
  readonly name: string;
  /** Read the whole file before it gets its name, where it is one; its checksum is looked at in any case. On unless `false`. */
  readonly verify?: boolean | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes a snapshot and keeps it. What is not whole is never kept under its name.
 *
 * @throws `etcd.save-refused`, and what the source and the sink throw
 */
export async function saveSnapshot(
  source: SnapshotSource,
  sink: SnapshotSink,
  { name, verify = true, progress = noProgress, signal }: SavingOptions,
): Promise<SavedSnapshot> {
  const outcome: { proof?: StreamProof; verified?: Verified } = {};
  const checked = checkedSnapshot(counted(source, progress, signal), {
    source: source.describe,
    onProven: proof => {
      outcome.proof = proof;
    },
  });
  const inspect = async (path: string): Promise<void> => {
    const trailer = outcome.proof && 'sound'; // of what came, which is what was written
    outcome.verified = await soundOrThrow(path, source.describe, { trailer, progress, signal });
  };
  const saved = await sink.store({ name, bytes: checked, ...(verify ? { inspect } : {}) }, { signal });
  const { proof, verified } = outcome;
  if (proof === undefined) throw new Error(`${sink.url} kept a stream that it had not read to its end`);
  return { ...saved, name, source: source.describe, proof, verified };
}

async function* counted(
  source: SnapshotSource,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const piece of source.open({ signal })) {
    done += piece.length;
    const total = source.size && Math.max(source.size + trailerSize, done); // it may have grown since
    progress({ phase: 'snapshot', done, total, unit: 'bytes', current: source.describe });
    yield piece;
  }
}

async function soundOrThrow(path: string, source: string, options: VerifyOptions): Promise<Verified> {
  const verified = await verifySnapshot(path, options);
  const unsound = verified.findings.find(({ severity }) => severity === 'unsound');
  if (unsound === undefined) return verified;
  throw raise['save-refused']({ source, reason: butPath(unsound.text, path) });
}

/** The file had no name yet that would mean something to a reader. */
function butPath(text: Message, path: string): Message {
  const short = (said: string): string => said.replaceAll(path, 'it');
  return { en: () => short(text.en()), ja: () => text.ja().replaceAll(path, 'スナップショット') };
}
