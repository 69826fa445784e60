import type { Readable } from 'node:stream';

export interface GatheringOptions {
  /** How long the next bytes are waited for, once somebody wants them. Milliseconds. */
  readonly idleMs: number;
  /** What is thrown when nothing came for so long. */
  readonly idle: () => Error;
}

/** A piece is handed on as soon as it has so many bytes: etcd sends 32 KiB at a time, and each hand on the way costs. */
const pieceSize = 1024 * 1024;

/**
 * What a stream of byte arrays brings, joined to pieces of a MiB. Of what is not asked for, no more than one piece is held beyond
 * the stream's own buffer. The stream is neither ended nor destroyed.
 */
export async function* gathered(stream: Readable, options: GatheringOptions): AsyncGenerator<Buffer> {
  const gathering = new Gathering(stream, options);
  for (;;) {
    const piece = await gathering.next();
    if (piece === undefined) return;
    yield piece;
  }
}

class Gathering {
  readonly #stream: Readable;
  readonly #options: GatheringOptions;
  #held: Buffer[] = [];
  #holding = 0;
  #ended = false;
  #failure: { readonly thrown: unknown } | undefined;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Readable, options: GatheringOptions) {
    this.#stream = stream;
    this.#options = options;
    stream
      .on('data', (bytes: Buffer) => this.#take(bytes))
      .on('error', (thrown: unknown) => this.#fail(thrown))
      .on('end', () => this.#end())
      .on('close', () => this.#fail(new Error('the stream closed before its end')));
  }

  /** `undefined` at the end. */
  async next(): Promise<Buffer | undefined> {
    if (!this.#isReady()) await this.#ready();
    if (this.#failure !== undefined) throw this.#failure.thrown;
    if (this.#holding === 0) return undefined;
    const [only] = this.#held;
    const piece =
      this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held, this.#holding);
    [this.#held, this.#holding] = [[], 0];
    this.#stream.resume();
    return piece;
  }

  async #ready(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#timer = setTimeout(() => this.#fail(this.#options.idle()), this.#options.idleMs);
    try {
      await promise;
    } finally {
      clearTimeout(this.#timer);
      [this.#wake, this.#timer] = [undefined, undefined];
    }
  }

  #isReady(): boolean {
    return this.#holding >= pieceSize || this.#ended || this.#failure !== undefined;
  }

  #take(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#holding += bytes.length;
    this.#timer?.refresh();
    if (this.#holding < pieceSize) return;
    this.#stream.pause();
    this.#wake?.();
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** What follows the end, or a failure, is no news. */
  #fail(thrown: unknown): void {
    if (this.#ended) return;
    this.#failure ??= { thrown };
    this.#wake?.();
  }
}
