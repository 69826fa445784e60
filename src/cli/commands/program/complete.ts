import { namesOf } from '../../completion/names.ts';
import { byteStream } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import type { complete } from './table.ts';

/** Names for a shell, one a line; nothing at all where they cannot be had at once. */
export const run: Handler<typeof complete> = async ({ args: [kind = '', ...words] }, context) => {
  const names = await namesOf(kind, words, context);
  return byteStream(lines(names));
};

async function* lines(names: readonly string[]): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(names.map(name => `${name}\n`).join(''));
}
