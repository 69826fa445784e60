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

/** The command's own stdout: what follows the line with the mark. */
export async function* behindMark(stdout: AsyncIterable<Buffer>, mark: string): AsyncGenerator<Buffer> {
  const line = Buffer.from(`${mark}\n`);
  let before: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stdout) {
    if (before === undefined) {
      yield chunk;
      continue;
    }
    const text: Buffer = Buffer.concat([before, chunk]);
    const at = text.indexOf(line);
    if (at === -1) before = text.subarray(-noiseBytes);
    else before = undefined;
    if (at !== -1 && text.length > at + line.length) yield text.subarray(at + line.length);
  }
}
