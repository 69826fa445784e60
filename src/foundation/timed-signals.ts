/** An AbortSignal that a timer stands behind; disposing takes the timer away. */
export interface TimedSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborts after so many milliseconds, and keeps the process alive until then. */
export function after(milliseconds: number): TimedSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Aborts so many milliseconds after `signal` has, counted from now where it has already. */
export function afterAbort(signal: AbortSignal | undefined, milliseconds: number): TimedSignal {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    timer = setTimeout(() => controller.abort(signal?.reason), milliseconds);
  };
  if (signal?.aborted === true) start();
  else signal?.addEventListener('abort', start, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', start);
      clearTimeout(timer);
    },
  };
}
