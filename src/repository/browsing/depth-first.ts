/** A step of a walk: something to tell, a directory to go into afterwards, or both. */
export interface Step<T> {
  readonly item?: T | undefined;
  /** What is below; nothing of it is done before the walk gets there. */
  readonly below?: AsyncGenerator<Step<T>> | undefined;
}

/** A path on Linux has at most 4096 bytes. */
const depthLimit = 2048;

/**
 * The items of a walk, a directory's own before those below it. However deep the directories are, no stack grows; beyond
 * 2048 `tooDeep` makes what is thrown.
 */
export async function* depthFirst<T>(
  first: AsyncGenerator<Step<T>>,
  tooDeep: () => Error,
): AsyncGenerator<T, undefined> {
  const stack = [first];
  try {
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { done, value } = await top.next();
      if (done === true) {
        stack.pop();
        continue;
      }
      if (value.item !== undefined) yield value.item;
      if (value.below === undefined) continue;
      if (stack.length === depthLimit) throw tooDeep();
      stack.push(value.below);
    }
  } finally {
    for (const each of stack.reverse()) await each.return(undefined);
  }
}
