import { cliErrors } from '../../errors.ts';
import { byteStream } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import type { completion } from './table.ts';

export const run: Handler<typeof completion> = async ({ args: [shell = ''] }, context) => {
  const { language, tree } = context;
  const script = await scriptOf(shell);
  return byteStream(once(new TextEncoder().encode(script)));

  async function scriptOf(name: string): Promise<string> {
    switch (name) {
      case 'bash':
        return (await import('../../completion/bash.ts')).bashCompletion(tree);
      case 'zsh':
        return (await import('../../completion/zsh.ts')).zshCompletion(tree, language);
      case 'fish':
        return (await import('../../completion/fish.ts')).fishCompletion(tree, language);
      default:
        throw cliErrors.raise['bad-value']({ flag: 'SHELL', given: name, expected: 'bash | zsh | fish' });
    }
  }
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
