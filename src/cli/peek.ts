/** What has to be known before the words are parsed: in which language and form to complain about them. */
export interface Peeked {
  readonly lang?: string;
  readonly output?: string;
  readonly progress?: string;
  readonly color?: boolean;
  readonly verbose: boolean;
}

/** Looks for a few global flags wherever they stand; the last one counts. Never throws. */
export function peek(argv: readonly string[]): Peeked {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const lang = lastValue(words, ['--lang']);
  const output = lastValue(words, ['--output', '-o']);
  const progress = lastValue(words, ['--progress']);
  const color = words.findLast(word => word === '--no-color' || word === '--color');
  return {
    ...(lang === undefined ? {} : { lang }),
    ...(output === undefined ? {} : { output }),
    ...(progress === undefined ? {} : { progress }),
    ...(color === undefined ? {} : { color: color === '--color' }),
    verbose: words.includes('-v') || words.includes('--verbose'),
  };
}

function lastValue(words: readonly string[], names: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const [at, word] of words.entries()) {
    for (const name of names) {
      if (word === name) found = words[at + 1] ?? found;
      else if (word.startsWith(`${name}=`)) found = word.slice(name.length + 1);
      else if (name.length === 2 && word.startsWith(name)) found = word.slice(2);
    }
  }
  return found;
}
