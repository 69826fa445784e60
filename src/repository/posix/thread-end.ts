import { getEnvironmentData, isMainThread, setEnvironmentData, type Worker } from 'node:worker_threads';

const [free, held] = [0, 1];

/**
 * Held by the thread that defines a function of the C library, or that ends another thread. koffi aborts the whole process where
 * its thread is terminated amid a definition, so one waits for the other. All threads share it.
 */
const turn = sharedTurn('hozon: definitions');

/** What a definition waits, and an end for a definition, until the holder is taken for dead. Milliseconds. */
const patience = 5000;

/** Defines while no thread is ended. The main thread, which nobody ends, does not wait. */
export function whileNoneEnds<T>(define: () => T): T {
  if (isMainThread) return define();
  while (Atomics.compareExchange(turn, 0, free, held) !== free) Atomics.wait(turn, 0, held, patience);
  try {
    return define();
  } finally {
    release();
  }
}

/** Terminates a thread that may call the C library, whatever it does. */
export async function endThread(thread: Worker): Promise<void> {
  await hold();
  try {
    await thread.terminate();
  } finally {
    release();
  }
}

async function hold(): Promise<void> {
  while (Atomics.compareExchange(turn, 0, free, held) !== free) {
    const { async: waits, value } = Atomics.waitAsync(turn, 0, held, patience);
    if (waits && (await value) === 'timed-out') return;
  }
}

function release(): void {
  Atomics.store(turn, 0, free);
  Atomics.notify(turn, 0);
}

/** The main thread makes it before it makes any other, which then finds it. */
function sharedTurn(name: string): Int32Array {
  const known = getEnvironmentData(name);
  if (known instanceof SharedArrayBuffer) return new Int32Array(known);
  const made = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(name, made);
  return new Int32Array(made);
}
