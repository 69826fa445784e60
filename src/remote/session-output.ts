/** stderr kept of a command, and of what was said before it began. */
const keptBytes = 65_536;

/**
 * Reads a supervisor's stderr as it comes: what was said before the command began, what the command said, and how
 * it ended. Nothing of it is ever held beyond a bound.
 */
export class SupervisedStderr {
  readonly #beginning: Buffer;
  readonly #end: Buffer;
  #before = Buffer.alloc(0);
  #kept: Buffer | undefined;
  /** The group of processes that supervises, where the command has begun. */
  group: number | undefined;
  /** The command's exit status, once it is known. */
  code: number | undefined;

  constructor(mark: string) {
    this.#beginning = Buffer.from(`\n${mark} begin `);
    this.#end = Buffer.from(`\n${mark} end `);
  }

  /** What SSH and the login shell said. */
  get before(): string {
    return this.#before.toString('utf8');
  }

  /** What the command said. */
  get said(): string {
    return (this.#kept ?? Buffer.alloc(0)).toString('utf8');
  }

  push(chunk: Buffer): void {
    if (this.code !== undefined) return;
    if (this.#kept === undefined) this.#seekBeginning(chunk);
    else this.#keep(Buffer.concat([this.#kept, chunk]));
  }

  #seekBeginning(chunk: Buffer): void {
    const text = Buffer.concat([this.#before, chunk]);
    const at = text.indexOf(this.#beginning);
    const line = at === -1 ? -1 : text.indexOf('\n', at + this.#beginning.length);
    if (line === -1) {
      this.#before = text.subarray(-keptBytes);
      return;
    }
    this.group = Number(text.toString('latin1', at + this.#beginning.length, line));
    this.#before = text.subarray(0, at);
    this.#keep(text.subarray(line + 1));
  }

  #keep(text: Buffer): void {
    const at = text.lastIndexOf(this.#end);
    const line = at === -1 ? -1 : text.indexOf('\n', at + this.#end.length);
    if (line === -1) {
      this.#kept = text.subarray(-2 * keptBytes);
      return;
    }
    this.code = Number(text.toString('latin1', at + this.#end.length, line));
    this.#kept = text.subarray(0, at).subarray(-keptBytes);
  }
}

/** More than a login shell says unasked. */
const noiseBytes = 1_048_576;

/**
 * The command's own stdout: what stands between the two lines with the mark. Returns whether the second came, without which
 * something may be missing.
 */
export async function* behindMark(
  stdout: AsyncIterable<Buffer>,
  mark: string,
): AsyncGenerator<Buffer, boolean> {
  const beginning = Buffer.from(`${mark}\n`);
  const end = Buffer.from(`\n${mark}\n`);
  let held: Buffer = Buffer.alloc(0);
  let at: 'before' | 'inside' | 'behind' = 'before';
  for await (const chunk of stdout) {
    if (at === 'behind') continue; // what the command left running
    held = Buffer.concat([held, chunk]);
    if (at === 'before') {
      const begun = held.indexOf(beginning);
      held = begun === -1 ? held.subarray(-noiseBytes) : held.subarray(begun + beginning.length);
      if (begun === -1) continue;
      at = 'inside';
    }
    const ended = held.indexOf(end);
    if (ended !== -1) at = 'behind';
    const ready = ended === -1 ? held.length - begunAtEnd(held, end) : ended;
    const piece = held.subarray(0, ready);
    held = held.subarray(ready);
    if (piece.length > 0) yield piece;
  }
  return at === 'behind';
}

/** How many bytes at the end of a text could be the beginning of `line`. */
function begunAtEnd(text: Buffer, line: Buffer): number {
  for (let length = Math.min(text.length, line.length - 1); length > 0; length--) {
    if (text.subarray(-length).equals(line.subarray(0, length))) return length;
  }
  return 0;
}
