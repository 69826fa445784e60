/**
 * What the testbed says while people wait: one short line a step, on stderr, so that stdout stays for results.
 */
export type Narrate = (line: string) => void;

export const toStderr: Narrate = line => {
  process.stderr.write(`testbed: ${line}\n`);
};

export const silent: Narrate = () => {};

/** Says every `seconds` that `what` is still going on, and for how long; until disposed of. */
export function heartbeat(narrate: Narrate, what: () => string, seconds = 15): Disposable {
  const begun = performance.now();
  const timer = setInterval(() => {
    narrate(`… ${what()} (${Math.round((performance.now() - begun) / 1000)} s so far)`);
  }, seconds * 1000);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
