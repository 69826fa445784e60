/** How long nothing may come before a snapshot is given up, unless told. Milliseconds. */
export const usualStallMs = 300_000;

/** How often a growth is looked at, at most. Milliseconds. */
const usualIntervalMs = 5000;

export interface StallOptions {
  /** How long nothing may move. Milliseconds. */
  readonly stallMs: number;
  /** The reason to abort with. */
  readonly stalled: () => Error;
  /**
   * A number that changes while something moves that is not seen here, asked for again and again; `undefined` where it cannot be seen,
   * which counts as a move.
   */
  readonly measure?: ((signal: AbortSignal) => Promise<number | undefined>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Watches over something that may stop moving for ever. */
export interface StallWatch extends Disposable {
  /** Aborts when nothing has moved for so long, and when the signal that was given does. */
  readonly signal: AbortSignal;
  /** Passes on what comes. The time in which nobody asks for more does not count. From the first piece on, only pieces are moves. */
  through<T>(pieces: AsyncIterable<T>): AsyncGenerator<T>;
}

export function watchForStall({ stallMs, stalled, measure, signal: given }: StallOptions): StallWatch {
  const controller = new AbortController();
  const over = new AbortController();
  const signal = given === undefined ? controller.signal : AbortSignal.any([given, controller.signal]);
  const timer = restartable(stallMs, () => controller.abort(stalled()));
  const asking = measure && setInterval(() => void look(), Math.min(usualIntervalMs, stallMs / 4));
  let [last, isLooking] = [-1, false];
  timer.start();
  return {
    signal,
    async *through(pieces) {
      for await (const piece of pieces) {
        clearInterval(asking);
        timer.stop();
        yield piece;
        timer.start();
      }
      timer.stop();
    },
    [Symbol.dispose]() {
      clearInterval(asking);
      timer.stop();
      over.abort();
    },
  };

  async function look(): Promise<void> {
    if (isLooking || measure === undefined) return;
    isLooking = true;
    // what hinders a question is not what hinders the work, nor a move of it
    const now = await measure(AbortSignal.any([signal, over.signal])).catch(() => last);
    isLooking = false;
    if (now !== undefined && now === last) return;
    last = now ?? last;
    timer.restart();
  }
}

interface Timer {
  start(): void;
  stop(): void;
  /** Begins again, where it runs. */
  restart(): void;
}

function restartable(milliseconds: number, done: () => void): Timer {
  let running: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(running);
    running = undefined;
  };
  const start = (): void => {
    stop();
    running = setTimeout(done, milliseconds);
  };
  return { start, stop, restart: () => running && start() };
}
