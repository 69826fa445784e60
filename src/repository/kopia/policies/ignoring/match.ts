import type { IgnorePattern, Token } from './pattern.ts';

const slash = 0x2f;

/** `stop`: no match however much of the text is left out; `stop-star`: nor within this part of the path. */
type Outcome = 'match' | 'no-match' | 'stop' | 'stop-star';

/**
 * Whether a rule says that a path is ignored: the answer of one that is negated is the other way round.
 *
 * @param path from the root of the snapshot, with a `/` before it
 */
export function ignores(pattern: IgnorePattern, path: readonly number[], isDirectory: boolean): boolean {
  if (pattern.directoriesOnly && !isDirectory) return pattern.negated;
  return (new Matching(pattern.tokens, path).from(0, 0) === 'match') !== pattern.negated;
}

/** Compares tokens with a text in kopia's way, which lets a star before a slash stand for nothing only inside of the text. */
class Matching {
  readonly #tokens: readonly Token[];
  readonly #text: readonly number[];

  constructor(tokens: readonly Token[], text: readonly number[]) {
    this.#tokens = tokens;
    this.#text = text;
  }

  /** Compares what begins at a token with what begins at a rune. */
  from(firstToken: number, start: number): Outcome {
    let at = start;
    for (let index = firstToken; index < this.#tokens.length; index++) {
      const token = this.#tokens[index] as Token;
      const ended = at >= this.#text.length;
      if (ended && token.kind !== 'star') return 'stop';
      if (token.kind === 'star') {
        const moved = this.#star(token.double, index, { at, start });
        if (typeof moved !== 'number') return moved;
        // Before the text, where the slash is its first rune, nothing is read on.
        at = moved < start ? moved : moved + 1;
        continue;
      }
      const rune = at < start ? 0 : (this.#text[at] as number);
      if (!accepts(token, rune)) return 'no-match';
      at++;
    }
    return at >= this.#text.length ? 'match' : 'no-match';
  }

  /** Where to go on after a star before a slash, one rune before it; otherwise how the comparison ends. */
  #star(double: boolean, index: number, { at, start }: { at: number; start: number }): Outcome | number {
    const next = this.#tokens[index + 1];
    const nextSlash = this.#text.indexOf(slash, at);
    if (next === undefined) return !double && nextSlash !== -1 ? 'no-match' : 'match';
    if (double && next.kind === 'slash' && index + 2 < this.#tokens.length) {
      if (this.from(index + 2, at) === 'match') return 'match';
    }
    if (!double && next.kind === 'slash') {
      if (nextSlash === -1) return 'no-match';
      return nextSlash - 1 < start ? start - 1 : nextSlash - 1;
    }
    return this.#anywhere(double, index + 1, at);
  }

  #anywhere(double: boolean, index: number, begin: number): Outcome {
    let before = this.#text[begin];
    for (let at = begin; at < this.#text.length; at++) {
      const outcome = this.from(index, at);
      if (outcome !== 'no-match') {
        if (!double || outcome !== 'stop-star') return outcome;
      } else if (!double && before === slash) {
        return 'stop-star';
      }
      before = this.#text[at];
    }
    return 'stop';
  }
}

function accepts(token: Exclude<Token, { kind: 'star' }>, rune: number): boolean {
  switch (token.kind) {
    case 'rune':
      return rune === token.rune;
    case 'slash':
      return rune === slash;
    case 'any':
      return rune !== slash;
    case 'sequence':
      return token.items.some(matches => matches(rune)) !== token.negated;
  }
}
