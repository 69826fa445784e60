/** A way to compress, at one strength. */
export interface Codec {
  readonly pack: (plain: Uint8Array) => Buffer;
  /** The result may lie in `into`, memory of at least `limit` bytes. @throws Error for what is damaged, or holds more than `limit` bytes */
  readonly unpack: (packed: Uint8Array, limit: number, into?: Uint8Array) => Buffer;
}
