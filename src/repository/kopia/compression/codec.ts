/** A way to compress, at one strength. */
export interface Codec {
  readonly pack: (plain: Uint8Array) => Buffer;
  /** @throws Error for what is damaged, or holds more than `limit` bytes */
  readonly unpack: (packed: Uint8Array, limit: number) => Buffer;
}
