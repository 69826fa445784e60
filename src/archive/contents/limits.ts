/** What an archive of unknown origin may cost its reader; beyond it is `archive.too-large`. */
export interface ArchiveLimits {
  /** Bytes of the uncompressed tar. */
  readonly archiveBytes: number;
  /** Bytes of one item's JSON. */
  readonly itemBytes: number;
  readonly items: number;
}

/**
 * Far beyond real clusters: the API server takes requests of 3 MiB and etcd keeps objects of 1.5 MiB (8 GiB in all)
 * unless told otherwise, and an archive holds each object twice or, with all API versions, a few times. The worst JSON
 * of 32 MiB takes 1.3 GB of heap once it is parsed, which Node's default still holds.
 */
export const defaultLimits: ArchiveLimits = {
  archiveBytes: 64 * 1024 ** 3,
  itemBytes: 32 * 1024 ** 2,
  items: 2_000_000,
};
