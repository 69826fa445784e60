import { crc32c } from '#foundation/crc32c.ts';
import { blockSize, makeFoldingKernel } from './crc32c-kernel.ts';

/** As `before` of {@link crc32c}: begins with a register of zeros. */
const zeroRegister = 0xffff_ffff;

/** The CRC-32C of a stream of which much comes in small pieces: they are gathered, and folded together by a kernel. */
export class StreamChecksum {
  readonly #kernel = makeFoldingKernel();
  readonly #capacity = this.#kernel.input.length;
  #checksum = 0;
  #filled = 0;

  /** Takes the bytes from `from` to `to`. */
  update(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const length = Math.min(to - at, this.#capacity - this.#filled);
      this.#kernel.input.set(bytes.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === this.#capacity) this.#flush();
    }
  }

  /** Of all bytes so far: 32 bits, unsigned. */
  value(): number {
    this.#flush();
    return this.#checksum;
  }

  #flush(): void {
    const { input, fold } = this.#kernel;
    const blocks = Math.floor(this.#filled / blockSize);
    const folded = blocks * blockSize;
    if (blocks > 0) {
      const register = ~this.#checksum;
      for (let at = 0; at < 4; at++) input[at] = (input[at] as number) ^ (register >>> (8 * at));
      fold(blocks);
      this.#checksum = crc32c(input.subarray(0, blockSize), zeroRegister);
    }
    this.#checksum = crc32c(input.subarray(folded, this.#filled), this.#checksum);
    this.#filled = 0;
  }
}
