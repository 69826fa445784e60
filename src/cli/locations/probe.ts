import { randomBytes } from 'node:crypto';
import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { validateLayout } from '#storage/layout.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';

export interface ProbeResult {
  /** First-level directories that are not Velero's: it calls a location that holds one invalid. */
  readonly foreign: readonly string[];
  readonly written: boolean;
  /**
   * Whether the store refuses to create what is already there, which keeps two backups of one name apart;
   * `undefined` where nothing was written.
   */
  readonly exclusive: boolean | undefined;
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
  if (!options.write) return { foreign, written: false, exclusive: undefined, skew: undefined };
  return { foreign, written: true, ...(await writeAndRead(store, options)) };
}

async function writeAndRead(
  store: ObjectStore,
  { clock, signal }: ProbeOptions,
): Promise<{ exclusive: boolean; skew: number }> {
  const id = randomBytes(8).toString('hex');
  const key = `metadata/hozon-probe-${id}`;
  const content = new TextEncoder().encode(id);
  try {
    const { modified } = await store.put(key, content, { size: content.length, signal });
    const skew = modified.getTime() - clock.now().getTime();
    const seen = await readAll(store, key, { limit: 1024, signal });
    if (Buffer.compare(seen, content) !== 0)
      throw new Error(`${store.url} returned other bytes than were written`);
    return { exclusive: await refusesRival(store, key, signal), skew };
  } finally {
    await store.delete(key); // without the signal: a probe must not stay behind because of a Ctrl-C
  }
}

/** Some S3 servers ignore the condition of a conditional write, and the later of two writers wins. */
async function refusesRival(store: ObjectStore, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await store.putIfAbsent(key, new TextEncoder().encode('rival'), { signal });
    return false;
  } catch (thrown) {
    if (isHozonError(thrown, 'storage.already-exists')) return true;
    throw thrown;
  }
}
