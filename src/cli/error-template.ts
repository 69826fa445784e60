import type { ErrorDefinition } from '#foundation/errors.ts';
import type { Language } from '#foundation/language.ts';

/** A text of the catalogue with the names of its parameters where their values would be: `<server>`. */
export function templateOf(
  definition: ErrorDefinition<never>,
  part: 'message' | 'hint',
  language: Language,
): string {
  const reckoned: string[] = [];
  const parameters = new Proxy(
    {},
    { get: (_, name) => (typeof name === 'string' ? placeholder(name, reckoned) : undefined) },
  );
  const text = definition[part][language](parameters as never);
  return text.replaceAll('NaN', () => `<${reckoned.shift() ?? '…'}>`);
}

/**
 * Reads as `<name>` whatever a text does with it: as a string, a list, an object with fields or a Message. What is
 * reckoned with becomes NaN, and its name is noted in `reckoned`.
 */
function placeholder(name: string, reckoned: string[]): unknown {
  const shown = `<${name}>`;
  const behaviour: Record<string | symbol, unknown> = {
    length: 1,
    size: 1,
    [Symbol.toPrimitive]: (hint: string) => (hint === 'number' ? (reckoned.push(name), Number.NaN) : shown),
    [Symbol.iterator]: () => [shown][Symbol.iterator](),
    map: (change: (item: unknown) => unknown) => [change(placeholder(name, reckoned))],
    filter: () => [shown],
  };
  const say = (): string => shown;
  return new Proxy(say, {
    get: (_, key) => (key in behaviour ? behaviour[key] : placeholder(name, reckoned)),
  });
}
