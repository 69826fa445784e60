import { parentPort, workerData } from 'node:worker_threads';
import { directorySource } from '../directory-source.ts';
import { buffersOf, packEvents } from './event-batch.ts';
import { batchesAhead, type FromWalk, type WalkSetup } from './messages.ts';

/** A thread that walks directories and says what it finds, a bounded way ahead of who listens. */
async function walk({ targets, base, excludes }: WalkSetup, ahead: Ahead): Promise<void> {
  const { patterns, patternsIgnoringCase, ifPresent, ...rules } = excludes;
  const source = directorySource(targets.map(buffer), {
    base: buffer(base),
    excludes: {
      ...rules,
      patterns: patterns?.map(buffer),
      patternsIgnoringCase: patternsIgnoringCase?.map(buffer),
      ifPresent: ifPresent?.map(buffer),
    },
  });
  for await (const events of source.events({})) {
    await ahead.room();
    const batch = packEvents(events);
    send({ kind: 'events', batch }, buffersOf(batch));
  }
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** How many batches were sent and not taken. */
class Ahead {
  #count = 0;
  #taken: () => void = () => {};

  async room(): Promise<void> {
    while (this.#count >= batchesAhead) await new Promise<void>(resolve => (this.#taken = resolve));
    this.#count++;
  }

  readonly take = (): void => {
    this.#count--;
    this.#taken();
  };
}

function send(message: FromWalk, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}

const ahead = new Ahead();
parentPort?.on('message', ahead.take);
try {
  await walk(workerData as WalkSetup, ahead);
  send({ kind: 'end' });
} catch (thrown) {
  send({ kind: 'failed', error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
}
parentPort?.close();
