import type { CompressionPolicy, Policy } from '../format/policy.ts';

/** The compressor of a file's contents; `undefined` for none. `size` is what the file had when it was looked at. */
export function compressorFor(
  { compression }: Pick<Policy, 'compression'>,
  file: { readonly name: string; readonly size: number },
): string | undefined {
  const { compressorName = 'none' } = compression;
  if (compressorName === 'none' || compressorName === '' || !isOfSize(compression, file.size))
    return undefined;
  const extension = extensionOf(file.name);
  // The one list does not leave out what is not in it, in kopia either: it only goes before the other.
  if (compression.onlyCompress?.includes(extension) === true) return compressorName;
  return compression.neverCompress?.includes(extension) === true ? undefined : compressorName;
}

function isOfSize({ minSize = 0n, maxSize = 0n }: CompressionPolicy, size: number): boolean {
  const bytes = BigInt(size);
  return (minSize <= 0n || bytes >= minSize) && (maxSize <= 0n || bytes <= maxSize);
}

/** From the last point on; empty where there is none. */
function extensionOf(name: string): string {
  const point = name.lastIndexOf('.');
  return point === -1 ? '' : name.slice(point);
}

/** The compressor of directories and lists of contents; `undefined` for none, as where a policy below the root does not say. */
export function metadataCompressorOf({
  metadataCompression,
}: Pick<Policy, 'metadataCompression'>): string | undefined {
  const { compressorName = 'none' } = metadataCompression;
  return compressorName === 'none' || compressorName === '' ? undefined : compressorName;
}

/** The splitter of files; `undefined` for the repository's. */
export function splitterOf({ splitter: { algorithm = '' } }: Pick<Policy, 'splitter'>): string | undefined {
  return algorithm === '' ? undefined : algorithm;
}

/** Larger files are cut at multiples of so many bytes; -1 for none, as where a policy below the root does not say. */
export function sectionSizeOf({ upload }: Pick<Policy, 'upload'>): number {
  const { parallelUploadAboveSize = -1n } = upload;
  const size = Number(parallelUploadAboveSize);
  return Number.isSafeInteger(size) && size > 0 ? size : -1;
}
