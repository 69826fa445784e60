/** The id of the session of writing, in memory that all threads read. */
export class SessionCell {
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(64);
  }

  get value(): string {
    const [length = 0] = this.#bytes;
    return String.fromCharCode(...this.#bytes.subarray(1, 1 + length));
  }

  /** To be set while no pack is made. */
  set value(id: string) {
    if (id === this.value) return;
    this.#bytes.set(Buffer.from(id, 'latin1'), 1);
    this.#bytes[0] = id.length;
  }
}
