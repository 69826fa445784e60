import { parentPort } from 'node:worker_threads';
import type { TreeSource } from '../source.ts';
import { buffersOf, packEvents } from './event-batch.ts';
import { batchesAhead, type FromWalk } from './messages.ts';

/** What a thread walks, and what it says when it has. */
export interface Served {
  readonly source: TreeSource;
  readonly result?: (() => unknown) | undefined;
}

/** Makes the thread that calls this one that walks what `open` opens, a bounded way ahead of who listens. */
export async function serveWalk(open: () => Served): Promise<void> {
  const ahead = new Ahead();
  parentPort?.on('message', ahead.take);
  try {
    const { source, result } = open();
    for await (const events of source.events({})) {
      await ahead.room();
      const batch = packEvents(events);
      send({ kind: 'events', batch }, buffersOf(batch));
    }
    send({ kind: 'end', result: result?.() });
  } catch (thrown) {
    send({ kind: 'failed', error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
  }
  parentPort?.close();
}

/** Bytes arrive in a thread as plain ones. */
export function received(bytes: Uint8Array): Buffer {
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
