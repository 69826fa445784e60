/**
 * The patterns that Velero takes in lists of names: `*` any run of characters, `?` one character, `[abc]` and `[a-z]`
 * one character of a class. Everything else stands for itself; there is no escape and no negation. A pattern always
 * speaks of the whole text.
 */
export type Glob = (text: string) => boolean;

/** Why a text is not such a pattern. */
export type GlobProblem =
  | 'unsupported'
  | 'consecutive-asterisks'
  | 'empty-class'
  | 'unbalanced'
  | 'bad-range';

/** Whether a text is more than a plain name. */
export function hasGlob(text: string): boolean {
  return /[*?[\]]/.test(text);
}

/** What Velero 1.18 refuses in a pattern (`pkg/util/wildcard/expand.go`), and ranges that run backwards. */
export function globProblem(pattern: string): GlobProblem | undefined {
  if (/[|()!{},\\^]/.test(pattern)) return 'unsupported';
  if (pattern.includes('**')) return 'consecutive-asterisks';
  if (pattern.includes('[]')) return 'empty-class';
  if (/[[\]]/.test(pattern.replaceAll(/\[[^[\]]+\]/g, ''))) return 'unbalanced';
  const ranges = pattern.matchAll(/\[([^\]]+)\]/g);
  return [...ranges].some(([, content]) => parseClass(content ?? '').some(([low, high]) => low > high))
    ? 'bad-range'
    : undefined;
}

/** The pattern as a test of texts. A pattern that has a {@link globProblem} is a programmer error. */
export function compileGlob(pattern: string): Glob {
  const problem = globProblem(pattern);
  if (problem !== undefined) throw new Error(`not a pattern (${problem}): ${pattern}`);
  if (!hasGlob(pattern)) return text => text === pattern;
  const steps = parse(pattern);
  return text => walk(steps, text);
}

/** `*`, or the ranges of characters (both ends included) that one character must be in. */
type Step = 'any' | readonly Range[];
type Range = readonly [low: string, high: string];

function parse(pattern: string): Step[] {
  const steps: Step[] = [];
  for (const [token] of pattern.matchAll(/\[[^\]]+\]|./gs)) {
    if (token === '*') steps.push('any');
    else if (token === '?') steps.push([['', '\uFFFF']]);
    else
      steps.push(
        token.length > 1 && token.startsWith('[') ? parseClass(token.slice(1, -1)) : [[token, token]],
      );
  }
  return steps;
}

function parseClass(content: string): Range[] {
  return [...content.matchAll(/(.)-(.)|(.)/gs)].map(([, low, high, single]) =>
    low === undefined || high === undefined ? [single ?? '', single ?? ''] : [low, high],
  );
}

/** Goes back to the last `*` only, so that no pattern takes more than steps × characters. */
function walk(steps: readonly Step[], text: string): boolean {
  let step = 0;
  let resumeStep = -1;
  let resumeAt = 0;
  for (let at = 0; at < text.length; ) {
    const wanted = steps[step];
    if (wanted === 'any') {
      resumeStep = step++;
      resumeAt = at;
    } else if (wanted !== undefined && fits(wanted, text[at] ?? '')) {
      step++;
      at++;
    } else if (resumeStep >= 0) {
      step = resumeStep + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  return steps.slice(step).every(each => each === 'any');
}

function fits(ranges: readonly Range[], character: string): boolean {
  return ranges.some(([low, high]) => character >= low && character <= high);
}
