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

const patterns = {
  uncompacted: /^xn(\d{1,15})_/,
  single: /^xs(\d{1,15})_/,
  range: /^xr(\d{1,15})_(\d{1,15})_/,
  marker: /^xe(\d{1,15})$/,
  watermark: /^xw(\d{1,15})$/,
} as const;

/** `undefined` where the name is none of these. */
export function parseEpochBlob(blobId: string): EpochBlob | undefined {
  for (const kind of ['uncompacted', 'single'] as const) {
    const [, epoch] = patterns[kind].exec(blobId) ?? [];
    if (epoch !== undefined) return { kind, epoch: Number(epoch), set: setOf(blobId) };
  }
  const [, from, to] = patterns.range.exec(blobId) ?? [];
  if (from !== undefined) return { kind: 'range', from: Number(from), to: Number(to), set: setOf(blobId) };
  const [, epoch] = patterns.marker.exec(blobId) ?? [];
  if (epoch !== undefined) return { kind: 'marker', epoch: Number(epoch) };
  const [, seconds] = patterns.watermark.exec(blobId) ?? [];
  return seconds === undefined ? undefined : { kind: 'watermark', seconds: Number(seconds) };
}

/** The set that a blob is one of, by its name; `undefined` where it is whole by itself. */
export function setOf(blobId: string): SetMember | undefined {
  const [, set, count] = /^[^-]*-(s[^-]*)-c(\d{1,9})(?:-|$)/.exec(blobId) ?? [];
  return set === undefined ? undefined : { set, count: Number(count) };
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
