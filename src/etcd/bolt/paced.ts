import { setImmediate } from 'node:timers/promises';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { BoltFile } from './bolt-file.ts';

export interface ReadingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

/** Pages after which others get their turn. */
const pagesAtOnce = 256;

/**
 * The same pages, read as they are asked for. Now and then others get their turn, an abort is heard, and progress is told: bytes
 * of the file's.
 */
export async function* paced<Page extends { readonly bytes: Buffer }>(
  { meta }: BoltFile,
  pages: Iterable<Page>,
  phase: string,
  { signal, progress = noProgress }: ReadingOptions,
): AsyncGenerator<Page> {
  const total = meta.pages * meta.pageSize;
  let [count, done] = [0, 0];
  for (const page of pages) {
    yield page;
    done += page.bytes.length;
    if (++count % pagesAtOnce !== 0) continue;
    progress({ phase, done, total, unit: 'bytes' });
    await setImmediate();
    signal?.throwIfAborted();
  }
}
