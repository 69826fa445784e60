import { reasons, TarFault } from './fault.ts';

/** Takes a stream apart by numbers of bytes; holds no more than one piece of it, and what is asked for. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** So many bytes, which are the caller's; `undefined` where the stream has ended before the first. @throws TarFault */
  async take(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const part = await this.#some(missing);
      if (part === undefined && parts.length === 0) return undefined;
      if (part === undefined) throw new TarFault(reasons.truncated);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts, length);
  }

  /** So many bytes as they come. @throws TarFault */
  async *stream(length: number): AsyncGenerator<Buffer> {
    for (let missing = length; missing > 0; ) {
      const part = await this.#some(missing);
      if (part === undefined) throw new TarFault(reasons.truncated);
      missing -= part.length;
      yield part;
    }
  }

  /** Leaves out so many bytes. @throws TarFault */
  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0; ) {
      const part = await this.#some(missing);
      if (part === undefined) throw new TarFault(reasons.truncated);
      missing -= part.length;
    }
  }

  /** Reads on to the end of the stream, but no more than so many bytes: who writes it may have more to say than is needed. */
  async drain(most: number): Promise<void> {
    for (let left = most; left > 0; ) {
      const part = await this.#some(left);
      if (part === undefined) return;
      left -= part.length;
    }
  }

  /** Tells the stream that no more is wanted. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #some(most: number): Promise<Buffer | undefined> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return undefined;
      this.#piece = Buffer.from(value.buffer, value.byteOffset, value.length);
    }
    const part = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(part.length);
    return part;
  }
}
