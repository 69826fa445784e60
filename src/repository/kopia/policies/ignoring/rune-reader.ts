import { isSpace } from './runes.ts';

/** A pattern that kopia refuses, and with it the snapshot. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
}

const backslash = 0x5c;

/** Reads runes one by one; 0 stands for what is not there, and ends the reading. */
export class RuneReader {
  readonly #runes: number[];
  #at = 0;

  constructor(runes: number[]) {
    this.#runes = runes;
  }

  get position(): number {
    return this.#at;
  }

  get length(): number {
    return this.#runes.length;
  }

  get ended(): boolean {
    return this.#at >= this.#runes.length;
  }

  /** The rune so far from here. */
  peek(offset: number): number {
    return this.#runes[this.#at + offset] ?? 0;
  }

  read(): number {
    const rune = this.peek(0);
    if (rune !== 0) this.#at++;
    return rune;
  }

  /** How far the next such rune is; -1 where there is none. */
  indexOf(rune: number): number {
    const found = this.#runes.indexOf(rune, this.#at);
    return found === -1 ? -1 : found - this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** The runes from so far on, up to so far. */
  text(from: number, to: number): string {
    return String.fromCodePoint(...this.#runes.slice(this.#at + from, this.#at + to));
  }

  skipSpaces(): void {
    while (isSpace(this.peek(0))) this.read();
  }

  /** Cuts off the last rune if it is that one. */
  dropFinal(rune: number): boolean {
    if (this.#runes.at(-1) !== rune) return false;
    this.#runes.pop();
    return true;
  }

  /** What follows a backslash. @throws PatternFault where nothing does */
  escaped(): number {
    if (this.ended) throw new PatternFault('nothing follows a backslash');
    return this.read();
  }

  /** The next rune, or what it escapes. @throws PatternFault */
  unescaped(): number {
    const rune = this.read();
    if (rune !== backslash) return rune;
    const escaped = this.read();
    if (escaped === 0) throw new PatternFault('nothing follows a backslash');
    return escaped;
  }
}
