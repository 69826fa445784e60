import { crc32c } from '#foundation/crc32c.ts';

/** As Snappy's framing stores it, so that checksums of checksums differ. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const value = crc32c(bytes);
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
