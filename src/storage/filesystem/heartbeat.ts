import type { FileHandle } from 'node:fs/promises';

/** Milliseconds between two signs of life: an hour, so that some may fail before a writer counts as dead. */
const interval = 60 * 60 * 1000;

const files = new Set<FileHandle>();
let timer: NodeJS.Timeout | undefined;

/**
 * Touches a file now and then, until {@link letRest}: to those who cannot ask its writer that is what shows that it lives, however
 * long nothing is written. A file that cannot be touched is one whose growth alone shows it.
 */
export function keepFresh(file: FileHandle): void {
  files.add(file);
  timer ??= setInterval(() => void touchAll(), interval).unref();
}

/** To let a file rest that does so already succeeds. */
export function letRest(file: FileHandle): void {
  files.delete(file);
  if (files.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** Touches every file that is kept fresh. */
export async function touchAll(): Promise<void> {
  const now = new Date();
  await Promise.allSettled(Array.from(files, file => touch(file, now)));
}

/**
 * Only ever makes it younger: where the file lies on another machine, its time is by that one's clock, and this one's may be behind. Its writer seems
 * silent for as long as that, and no longer.
 */
async function touch(file: FileHandle, now: Date): Promise<void> {
  const { mtimeMs } = await file.stat();
  if (files.has(file) && mtimeMs < now.getTime()) await file.utimes(now, now);
}
