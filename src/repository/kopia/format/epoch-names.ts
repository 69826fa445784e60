/** An index blob of an epoch, by its name. */
export type EpochBlob =
  | { readonly kind: 'uncompacted'; readonly epoch: number; readonly set: SetMember | undefined }
  | { readonly kind: 'single'; readonly epoch: number; readonly set: SetMember | undefined }
  | {
      readonly kind: 'range';
      readonly from: number;
      readonly to: number;
      readonly set: SetMember | undefined;
    }
  | { readonly kind: 'marker'; readonly epoch: number }
  /** Seconds since 1970: contents deleted up to then are gone. */
  | { readonly kind: 'watermark'; readonly seconds: number };

/** A blob of several that are valid only together. */
export interface SetMember {
  readonly set: string;
  readonly count: number;
}

/** What begins the names of all these blobs, and of each kind. */
export const epochPrefixes = {
  all: 'x',
  uncompacted: 'xn',
  single: 'xs',
  range: 'xr',
  marker: 'xe',
  watermark: 'xw',
} as const;

/** What begins the names of the indexes that repositories without epochs have. */
export const oldIndexPrefixes = ['n', 'm', 'l'] as const;

/** `undefined` where the name is none of these. */
export function parseEpochBlob(_blobId: string): EpochBlob | undefined {
  throw new Error('unfinished');
}

/** What an index of this epoch begins its name with, up to its hash. */
export function uncompactedPrefix(epoch: number): string {
  return `${epochPrefixes.uncompacted}${epoch}_`;
}

export function singlePrefix(epoch: number): string {
  return `${epochPrefixes.single}${epoch}_`;
}

export function rangePrefix(from: number, to: number): string {
  return `${epochPrefixes.range}${from}_${to}_`;
}

/** The name of an index blob: what it begins with, the hash of its plain bytes, and the set that it is one of. */
export function indexBlobId(prefix: string, hash: Uint8Array, { set, count }: SetMember): string {
  return `${prefix}${Buffer.from(hash).toString('hex')}-${set}-c${count}`;
}

/** The blob that begins an epoch. */
export function epochMarker(epoch: number): { readonly id: string; readonly bytes: Buffer } {
  return { id: `${epochPrefixes.marker}${epoch}`, bytes: Buffer.from('epoch-marker') };
}

/** The blob that says up to when deleted contents are gone; seconds since 1970. */
export function deletionWatermark(seconds: number): { readonly id: string; readonly bytes: Buffer } {
  return { id: `${epochPrefixes.watermark}${seconds}`, bytes: Buffer.from('deletion-watermark') };
}
