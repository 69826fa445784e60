import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of V8's space of new objects, both of its halves, from which on it does not grow. */
const enough = 8 * 1024 * 1024;
/** How often its size is looked at. Milliseconds. */
const often = 20;

/**
 * Lets V8's space of new objects grow, once, to halves of 4 MiB. Entries of a directory live for as long as it is read: with halves of
 * 1 MiB, as this process has them at its start, many are taken for old ones, and stay until all of the heap is swept.
 */
export function widenYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=4');
  const timer = setInterval(() => {
    if (youngSpace() < enough) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, often);
  timer.unref();
}

function youngSpace(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
