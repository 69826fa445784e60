import { checked, invalid, type Requirement, type Selector } from './selectors.ts';

/**
 * Reads a selector as kubectl writes it: `app=web,tier in (front,back),env!=dev,!legacy,tls,weight>3`. Spaces between
 * parts mean nothing; an empty text matches everything. Throws `kube.selector-invalid`.
 */
export function parseSelector(text: string): Selector {
  const reader = new Reader(text);
  const requirements: Requirement[] = [];
  if (reader.peek() === undefined) return requirements;
  do requirements.push(readRequirement(reader));
  while (reader.take(','));
  if (reader.peek() !== undefined) throw reader.unexpected('a comma');
  return requirements;
}

function readRequirement(reader: Reader): Requirement {
  const { text } = reader;
  if (reader.take('!'))
    return checked({ key: reader.word('a label key'), operator: 'DoesNotExist', values: [] }, text);
  const key = reader.word('a label key');
  const next = reader.peek();
  if (next === undefined || next === ',') return checked({ key, operator: 'Exists', values: [] }, text);
  reader.next();
  switch (next) {
    case '=':
    case '==':
      return checked({ key, operator: 'In', values: [reader.value()] }, text);
    case '!=':
      return checked({ key, operator: 'NotIn', values: [reader.value()] }, text);
    case '>':
      return checked({ key, operator: 'Gt', values: [reader.value()] }, text);
    case '<':
      return checked({ key, operator: 'Lt', values: [reader.value()] }, text);
    case 'in':
      return checked({ key, operator: 'In', values: readList(reader) }, text);
    case 'notin':
      return checked({ key, operator: 'NotIn', values: readList(reader) }, text);
    default:
      throw invalid(text, `${JSON.stringify(next)} after ${key} is not an operator`);
  }
}

/** `(a, b)`; an element may be empty. Duplicates count once. */
function readList(reader: Reader): string[] {
  if (!reader.take('(')) throw reader.unexpected('"("');
  const values = new Set<string>();
  do values.add(reader.value());
  while (reader.take(','));
  if (!reader.take(')')) throw reader.unexpected('")"');
  return [...values];
}

const token = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;

/** The tokens of a selector: operators, brackets, commas and words. */
class Reader {
  readonly text: string;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.text = text;
    token.lastIndex = 0;
    for (let match = token.exec(text); match !== null; match = token.exec(text))
      this.#tokens.push(match[1] as string);
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  next(): void {
    this.#at++;
  }

  take(wanted: string): boolean {
    if (this.peek() !== wanted) return false;
    this.#at++;
    return true;
  }

  word(wanted: string): string {
    const next = this.peek();
    if (next === undefined || isSyntax(next)) throw this.unexpected(wanted);
    this.#at++;
    return next;
  }

  /** A value may be empty: then the next token is syntax, or none. */
  value(): string {
    const next = this.peek();
    if (next === undefined || isSyntax(next)) return '';
    this.#at++;
    return next;
  }

  unexpected(wanted: string): Error {
    const next = this.peek();
    return invalid(
      this.text,
      `${wanted} is expected, not ${next === undefined ? 'the end' : JSON.stringify(next)}`,
    );
  }
}

function isSyntax(text: string): boolean {
  return /^(==|!=|[=!<>(),])$/.test(text);
}
