/**
 * Runs `work` over `items` with at most `limit` at once and yields the results in the order of the items.
 * Items are drawn only as places come free, so an endless source is fine. The first failure stops drawing,
 * waits for what is under way and is thrown.
 */
export async function* mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      result.catch(() => {}); // it is awaited below, in order; until then it must not count as unhandled
      underWay.push(result);
      if (underWay.length >= limit) yield await (underWay.shift() as Promise<R>);
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(underWay);
  }
}

/**
 * Waits until `work` has run over every item, at most `limit` at once. A place is taken again as soon as it is free,
 * whichever item leaves it. Items are drawn and failures treated as {@link mapConcurrent} does.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const places = { taken: 0 };
  let left: () => void = () => {};
  const oneLeaves = (): Promise<void> =>
    new Promise(resolve => {
      left = resolve;
    });
  const run = async (item: T): Promise<void> => {
    places.taken++;
    try {
      await work(item);
    } catch (thrown) {
      failures.push(thrown);
    }
    places.taken--;
    left();
  };
  try {
    for await (const item of items) {
      void run(item);
      if (places.taken >= limit) await oneLeaves();
      if (failures.length > 0) break;
    }
  } finally {
    while (places.taken > 0) await oneLeaves();
  }
  if (failures.length > 0) throw failures[0];
}

/** Lets at most `limit` pieces of work run at once; the others wait for their turn, in the order in which they came. */
export function turns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async work => {
    if (running >= limit) await new Promise<void>(resolve => queue.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
