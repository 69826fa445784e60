import type { ErrorDefinition } from '#foundation/errors.ts';
import type { Language } from '#foundation/language.ts';

/** A text of the catalogue with the names of its parameters where their values would be: `<server>`. */
export function templateOf(
  definition: ErrorDefinition<never>,
  part: 'message' | 'hint',
  language: Language,
): string {
  return definition[part][language](placeholders as never);
}

/** Answers to every parameter with something that reads as `<name>`, whatever the text does with it. */
const placeholders: unknown = new Proxy(
  {},
  { get: (_, name) => (typeof name === 'string' ? placeholder(name) : undefined) },
);

function placeholder(name: string): unknown {
  const shown = `<${name}>`;
  const behaviour: Record<string | symbol, unknown> = {
    length: 1,
    size: 1,
    [Symbol.toPrimitive]: () => shown,
    [Symbol.iterator]: () => [shown][Symbol.iterator](),
    map: (change: (item: unknown) => unknown) => [change(shown)],
    filter: () => [shown],
  };
  const say = (): string => shown;
  return new Proxy(say, { get: (_, key) => (key in behaviour ? behaviour[key] : say) });
}
