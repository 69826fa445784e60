import { parentPort, workerData } from 'node:worker_threads';
import { storeFile, storeSharedFile, type Tools } from './file-content.ts';
import {
  type FromWorker,
  type Job,
  type JobContent,
  joinContents,
  splitStrings,
  type ToWorker,
} from './messages.ts';
import { PackUnwritten } from './pack-file.ts';
import type { CompletePack } from './pack-slots.ts';
import { CalledOff, Calling } from './shared-lock.ts';
import type { Storer } from './storer.ts';

/** What every worker begins with, besides what its format needs. */
export interface CommonSetup {
  readonly calling: SharedArrayBuffer;
}

/** What a format's storer is made with. */
export interface StorerContext<Setup> {
  readonly setup: Setup;
  readonly calling: Calling;
  /** To be told of each pack that is whole but for being stored. */
  readonly complete: (pack: CompletePack) => void;
}

/**
 * Makes this thread one that stores contents: it does the jobs that come, one after the other, each at once. A thread that is no
 * worker is left alone.
 */
export function workOn<Setup extends CommonSetup>(
  makeStorer: (context: StorerContext<Setup>) => Storer,
): void {
  const port = parentPort;
  if (port === null) return;
  const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const setup = workerData as Setup;
  const calling = new Calling(setup.calling);
  const complete = (pack: CompletePack): void =>
    send({ kind: 'pack', pack }, 'bytes' in pack ? [pack.bytes.buffer] : []);
  const tools: Tools = { storer: makeStorer({ setup, calling, complete }), calling };
  port.on('message', ({ number, job }: ToWorker) => {
    try {
      const contents = perform(tools, job);
      tools.storer.flush();
      send({ kind: 'done', number, answer: joinContents(contents) });
    } catch (thrown) {
      if (!(thrown instanceof CalledOff)) send(failureOf(thrown));
    }
  });
}

function failureOf(thrown: unknown): FromWorker {
  if (!(thrown instanceof PackUnwritten))
    return { kind: 'failed', error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  const { slot, reason } = thrown;
  const { code = '', errno = 0, syscall = '', message } = reason as NodeJS.ErrnoException;
  return { kind: 'unwritten', slot, error: { code, errno, syscall, message } };
}

function perform(tools: Tools, job: Job): JobContent[] {
  switch (job.kind) {
    case 'files':
      return Array.from(splitStrings(job.paths), (path, at) =>
        storeFile(tools, { path, size: job.sizes[at] ?? Number.POSITIVE_INFINITY, how: job.how }),
      );
    case 'share':
      return [storeSharedFile(tools, job)];
    case 'chunk': {
      const key = tools.storer.store(new Uint8Array(job.memory, 0, job.length), job.how);
      return [{ keys: [key], lengths: [job.length] }];
    }
    case 'new':
      for (const plain of splitStrings(job.plains)) tools.storer.storeNew(plain, job.how);
      return [];
  }
}
