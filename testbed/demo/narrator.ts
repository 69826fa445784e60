import { formatDuration } from '#foundation/format.ts';

/** Where the story is told, and how wide. */
export interface Audience {
  readonly write: (text: string) => void;
  /** Whether bold and grey are understood. */
  readonly colours: boolean;
}

/** Tells the demonstration: chapters with what they took, sentences, commands as typed and what they print. */
export class Narrator {
  readonly #audience: Audience;
  readonly #begun = performance.now();
  readonly #took: { readonly title: string; readonly milliseconds: number }[] = [];
  #chapters = 0;

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  /** Tells one chapter and how long it took. */
  async chapter<T>(title: string, tell: () => Promise<T>): Promise<T> {
    this.#chapters++;
    const heading = `${this.#chapters}. ${title}`;
    this.#line(`\n${this.#bold(heading)}\n${'─'.repeat(heading.length)}`);
    const begun = performance.now();
    const result = await tell();
    const milliseconds = performance.now() - begun;
    this.#took.push({ title, milliseconds });
    this.#line(this.#grey(`(${formatDuration(milliseconds)})`));
    return result;
  }

  say(text: string): void {
    this.#line(text);
  }

  /** A command as a person would type it. */
  command(words: readonly string[]): void {
    this.#line(this.#bold(`\n$ ${words.map(quoted).join(' ')}`));
  }

  /** What a command prints, as it prints it. */
  output(text: string): void {
    this.#audience.write(text);
  }

  /** A list of what was told, with the time that each chapter and all of it took. */
  summary(): void {
    const width = Math.max(...this.#took.map(({ title }) => title.length));
    for (const { title, milliseconds } of this.#took)
      this.#line(`  ${title.padEnd(width)}  ${formatDuration(milliseconds).padStart(6)}`);
    this.#line(`  ${'in all'.padEnd(width)}  ${formatDuration(performance.now() - this.#begun).padStart(6)}`);
  }

  #line(text: string): void {
    this.#audience.write(`${text}\n`);
  }

  #bold(text: string): string {
    return this.#audience.colours ? `\u001b[1m${text}\u001b[22m` : text;
  }

  #grey(text: string): string {
    return this.#audience.colours ? `\u001b[2m${text}\u001b[22m` : text;
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
