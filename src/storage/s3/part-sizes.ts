const MiB = 1024 * 1024;

/** S3's limits, from "Amazon S3 multipart upload limits" of its user guide. */
export const maxParts = 10_000;
export const maxObjectSize = 5 * 1024 * 1024 * MiB;

/** Bytes up to which a body is sent in one request; also the smallest part. */
export const smallestPart = 8 * MiB;

/**
 * The size of part number `part` (from 1), in bytes, so that 10,000 parts hold 5 TiB. Where the object's size is
 * known all parts are alike. Otherwise they grow: 8 MiB for the first thousand, twice that for the next and so on
 * up to 256 MiB, which reaches 492 GiB; the last 4,000 are 1,186 MiB.
 */
export function partSize(part: number, objectSize: number | undefined): number {
  if (objectSize !== undefined) {
    return Math.max(smallestPart, Math.ceil(objectSize / maxParts / MiB) * MiB);
  }
  const thousands = Math.floor((part - 1) / 1000);
  return thousands < 6 ? smallestPart * 2 ** thousands : 1186 * MiB;
}

/**
 * How many parts of that size are held at once, those being sent and the one being filled: what fits into 32 MiB,
 * at least two; one where they are larger than 128 MiB.
 */
export function partsAtOnce(size: number): number {
  if (size > 128 * MiB) return 1;
  return Math.max(2, Math.floor((32 * MiB) / size));
}
