import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import { validateLayout } from '#storage/layout.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';

export interface ProbeResult {
  /** First-level directories that are not Velero's: it calls a location that holds one invalid. */
  readonly foreign: readonly string[];
  readonly written: boolean;
  /** How far the store's clock is ahead of ours, in milliseconds; `undefined` where nothing was written. */
  readonly skew: number | undefined;
}

export interface ProbeOptions {
  readonly write: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Tries a location: lists its first level and, if told to, writes a small object below `metadata/`, reads it back
 * and deletes it again, whatever happens. Throws what the store throws.
 */
export async function probe(store: ObjectStore, options: ProbeOptions): Promise<ProbeResult> {
  const { signal } = options;
  const foreign = await validateLayout(store, { signal });
  if (!options.write) return { foreign, written: false, skew: undefined };
  return { foreign, written: true, skew: await writeAndRead(store, options) };
}

async function writeAndRead(store: ObjectStore, { clock, signal }: ProbeOptions): Promise<number> {
  const id = randomBytes(8).toString('hex');
  const key = `metadata/hozon-probe-${id}`;
  const content = new TextEncoder().encode(id);
  try {
    const { modified } = await store.put(key, content, { size: content.length, signal });
    const skew = modified.getTime() - clock.now().getTime();
    const seen = await readAll(store, key, { limit: 1024, signal });
    if (Buffer.compare(seen, content) !== 0)
      throw new Error(`${store.url} returned other bytes than were written`);
    return skew;
  } finally {
    await store.delete(key); // without the signal: a probe must not stay behind because of a Ctrl-C
  }
}
