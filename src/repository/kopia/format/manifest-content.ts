import type { Json } from '../../format/go-json.ts';

/** A manifest: a small document that is found by its labels. */
export interface ManifestEntry {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970: of two with one id the later is valid. */
  readonly modified: bigint;
  readonly deleted: boolean;
  /** The document; `undefined` where it is deleted. */
  readonly data: Json | undefined;
}

/** Bytes that the manifests of one content may have unpacked. */
export const manifestContentLimit = 512 * 1024 * 1024;

/** The manifests in the plain bytes of a content `m…`. @throws Fault */
export function readManifestContent(_plain: Uint8Array): readonly ManifestEntry[] {
  throw new Error('unfinished');
}

/** The plain bytes of a content that holds these manifests. */
export function writeManifestContent(_entries: readonly ManifestEntry[]): Buffer {
  throw new Error('unfinished');
}

/** A name for a new manifest. */
export function newManifestId(_random: (size: number) => Buffer): string {
  throw new Error('unfinished');
}
