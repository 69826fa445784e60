/** Bounds on what is kept of one command's output: one that talks for ever fills neither memory nor the log. */
const mostLogged = 64 * 1024;
const longestLine = 1024;
const tailBytes = 1024;

/**
 * One of the two outputs of a command in a container: logs its lines as they come, up to 64 KiB of them, and keeps
 * the last KiB for the message about a failure. Control characters are replaced, so that a pod cannot command the
 * terminal of whoever reads it.
 */
export class CommandOutput {
  readonly #log: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #line = '';
  #logged = 0;
  #tail = '';

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  write(chunk: Uint8Array): void {
    this.#add(this.#decoder.decode(chunk, { stream: true }));
  }

  /** No more comes: logs what is left of the last line. */
  end(): void {
    this.#add(this.#decoder.decode());
    if (this.#line !== '') this.#emit(this.#line);
    this.#line = '';
  }

  /** The last KiB, on one line. */
  get tail(): string {
    const lines = this.#tail.split('\n').map(line => shown(line).trim());
    return lines.filter(line => line !== '').join(' | ');
  }

  #add(text: string): void {
    this.#tail = lastBytes(this.#tail + text.slice(-tailBytes));
    const lines = (this.#line + text).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(line);
    if (rest.length > longestLine) this.#emit(rest);
    this.#line = rest.length > longestLine ? '' : rest;
  }

  /** Logs a line in pieces that are not too long. */
  #emit(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += longestLine) {
      if (this.#logged >= mostLogged) return;
      const piece = shown(line.slice(at, at + longestLine).trimEnd());
      this.#logged += piece.length + 1;
      this.#log(piece);
      if (this.#logged >= mostLogged) this.#log('(more output is not logged)');
    }
  }
}

function lastBytes(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= tailBytes) return text;
  // a character that the cut goes through is left out
  const start = bytes.findIndex((byte, at) => at >= bytes.length - tailBytes && (byte & 0xc0) !== 0x80);
  return bytes.subarray(start).toString('utf8');
}

/** The text with what a terminal would obey replaced: control characters but the tab, and overrides of direction. */
function shown(text: string): string {
  return text.replaceAll(/(?!\t)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
