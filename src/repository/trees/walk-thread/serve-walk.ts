import { parentPort } from 'node:worker_threads';
import type { TreeSource } from '../source.ts';
import { buffersOf, packEvents } from './event-batch.ts';
import { batchesAhead, type FromWalk } from './messages.ts';
import { Scan } from './scan.ts';

/** What a thread walks, and what it says when it has. */
export interface Served {
  readonly source: TreeSource;
  /** The same once more, if what there is in all is to be told: looked at while nobody has room for what was found. */
  readonly scan?: TreeSource | undefined;
  /** Batches that may wait to be taken; {@link batchesAhead} unless told. */
  readonly ahead?: number | undefined;
  readonly result?: (() => unknown) | undefined;
}

/** Makes the thread that calls this one that walks what `open` opens, a bounded way ahead of who listens. */
export async function serveWalk(open: () => Served): Promise<void> {
  const ahead = new Ahead();
  parentPort?.on('message', ahead.take);
  try {
    const { source, scan: again, ahead: most = batchesAhead, result } = open();
    const scan = again && new Scan(again, totals => send({ kind: 'totals', totals }));
    for await (const events of source.events({})) {
      scan?.found(events);
      await ahead.room(most, scan);
      const batch = packEvents(events);
      send({ kind: 'events', batch }, buffersOf(batch));
    }
    scan?.end();
    send({ kind: 'end', result: result?.() });
  } catch (thrown) {
    send({ kind: 'failed', error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
  }
  parentPort?.close();
}

/** Makes the thread that calls this one that counts what a source would tell. @throws what the source throws */
export async function serveCount(source: TreeSource): Promise<void> {
  const scan = new Scan(source, totals => send({ kind: 'totals', totals }));
  while (!scan.ended) await scan.advance();
}

/** Bytes arrive in a thread as plain ones. */
export function received(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** How many batches were sent and not taken. */
class Ahead {
  #count = 0;
  #taken: () => void = () => {};

  async room(most: number, scan: Scan | undefined): Promise<void> {
    if (scan !== undefined) await this.#advance(most, scan);
    while (this.#count >= most) await new Promise<void>(resolve => (this.#taken = resolve));
    this.#count++;
  }

  async #advance(most: number, scan: Scan): Promise<void> {
    while (this.#count >= most && !scan.ended) await scan.advance();
  }

  readonly take = (): void => {
    this.#count--;
    this.#taken();
  };
}

function send(message: FromWalk, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}
