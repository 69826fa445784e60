/** What opening a content takes besides keys, as one number: the number of its compression, and whether it holds a compressed object. */
export function mannerOf(compression: number, compressedObject: boolean): number {
  return compression + (compressedObject ? objectBit : 0);
}

const objectBit = 2 ** 31;

/** The number of the content's own compression, 0 for none. */
export function compressionOf(manner: number): number {
  return manner % objectBit;
}

/** Whether the content holds an object that is compressed as a whole, which only old repositories have. */
export function isCompressedObject(manner: number): boolean {
  return manner >= objectBit;
}
